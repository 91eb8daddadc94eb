//! Identities in all their versions, as they are stored: verified when they came in.

use tidelock::keys::{IdentityStatement, Succession, Successions};
use tidelock::signed::{Signed, Unverified};
use tidelock::wire::Statements;
use tidelock_crypto::cbor::List;

use crate::error::Failure;
use crate::storage::{Connection, identities};

/// Everything that somebody has published of his identity.
pub(crate) async fn statements(connection: &mut Connection, owner: &str) -> Result<Statements, Failure> {
    let statements = identities::statements(connection, owner).await?.into_iter().map(Into::into).collect();
    let successions = identities::successions(connection, &[owner]).await?.into_iter().map(Into::into).collect();
    Ok(Statements { statements, successions: List(successions) })
}

/// All versions of somebody's identity, the oldest first.
pub(crate) async fn versions(
    connection: &mut Connection,
    owner: &str,
) -> Result<Vec<Signed<IdentityStatement>>, Failure> {
    identities::statements(connection, owner).await?.iter().map(|statement| trusted(statement)).collect()
}

/// Somebody's identity as it is now, if he has published one.
pub(crate) async fn newest(
    connection: &mut Connection,
    owner: &str,
) -> Result<Option<Signed<IdentityStatement>>, Failure> {
    identities::newest(connection, owner).await?.map(|statement| trusted(&statement)).transpose()
}

fn trusted(statement: &[u8]) -> Result<Signed<IdentityStatement>, Failure> {
    Ok(Unverified::<IdentityStatement>::decode(statement)?.trust())
}

/// Which identities of some people accepted the next.
pub(super) async fn successions(connection: &mut Connection, owners: &[&str]) -> Result<Successions, Failure> {
    let mut successions = Successions::default();
    for succession in identities::successions(connection, owners).await? {
        successions.add(&Unverified::<Succession>::decode(&succession)?.trust());
    }
    Ok(successions)
}

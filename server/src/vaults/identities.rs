//! Identities in all their versions, as they are stored: verified when they came in.

use std::collections::BTreeMap;

use tidelock::keys::{IdentityStatement, RootSuccession, Succession, Successions};
use tidelock::signed::{Signed, Unverified};
use tidelock::wire::Statements;

use crate::error::Failure;
use crate::storage::{Connection, clinic_keys, identities};

/// Everything that somebody has published of his identity.
pub(crate) async fn statements(connection: &mut Connection, owner: &str) -> Result<Statements, Failure> {
    Ok(statements_of_all(connection, &[owner]).await?.remove(owner).unwrap_or_default())
}

/// Everything that several people have published of their identities; nothing of whoever has published nothing.
pub(super) async fn statements_of_all(
    connection: &mut Connection,
    owners: &[&str],
) -> Result<BTreeMap<String, Statements>, Failure> {
    let mut published: BTreeMap<String, Statements> = BTreeMap::new();
    for (owner, statement) in identities::statements(connection, owners).await? {
        published.entry(owner).or_default().statements.push(statement.into());
    }
    for (owner, succession) in identities::successions(connection, owners).await? {
        published.entry(owner).or_default().successions.0.push(succession.into());
    }
    Ok(published)
}

/// All versions of somebody's identity, the oldest first.
pub(crate) async fn versions(
    connection: &mut Connection,
    owner: &str,
) -> Result<Vec<Signed<IdentityStatement>>, Failure> {
    identities::statements(connection, &[owner]).await?.iter().map(|(_, statement)| trusted(statement)).collect()
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

/// Which identities of some people, and which roots of some clinics, accepted the next.
pub(super) async fn successions(connection: &mut Connection, owners: &[&str]) -> Result<Successions, Failure> {
    let mut successions = Successions::default();
    for (_, succession) in identities::successions(connection, owners).await? {
        successions.add(&Unverified::<Succession>::decode(&succession)?.trust());
    }
    for former in clinic_keys::former_roots(connection, owners).await? {
        successions.add_root(&Unverified::<RootSuccession>::decode(&former.succession)?.trust());
    }
    Ok(successions)
}

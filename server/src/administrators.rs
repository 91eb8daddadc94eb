//! Who administers the platform. Whoever can run a program beside the database decides; nothing over the network does.

use crate::error::{Failure, StartError};
use crate::state::App;
use crate::storage::accounts;
use crate::storage::audit::{self, Event};

/// What to do with the list of administrators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Adds the account with this address.
    Add(String),
    /// Removes the account with this address.
    Remove(String),
    /// Says who there are.
    List,
}

impl Command {
    /// Reads the arguments after `administrator`.
    pub fn parse(arguments: &[String]) -> Option<Self> {
        match arguments {
            [verb, address] if verb == "add" => Some(Self::Add(address.clone())),
            [verb, address] if verb == "remove" => Some(Self::Remove(address.clone())),
            [verb] if verb == "list" => Some(Self::List),
            _ => None,
        }
    }
}

impl App {
    /// Changes or reads the list of administrators. Answers what there is to print: a line for each account that it is about,
    /// with its id and address.
    ///
    /// # Errors
    /// [`StartError::UnknownAccount`] when nobody has the address; otherwise the database's.
    pub async fn administrate(&self, command: &Command) -> Result<Vec<String>, StartError> {
        self.try_administrate(command).await.map_err(|_| StartError::Unfinished)?.ok_or(StartError::UnknownAccount)
    }

    async fn try_administrate(&self, command: &Command) -> Result<Option<Vec<String>>, Failure> {
        let line = |id: &str, name: &str| format!("{id} {name}");
        let mut transaction = self.write().await?;
        let (address, administrator, action) = match command {
            Command::Add(address) => (address, true, "administrator.add"),
            Command::Remove(address) => (address, false, "administrator.remove"),
            Command::List => {
                let administrators = accounts::administrators(&mut transaction).await?;
                return Ok(Some(administrators.iter().map(|(id, name)| line(id, name)).collect()));
            }
        };
        let Some(account) = accounts::find_by_name(&mut transaction, address).await? else { return Ok(None) };
        accounts::set_administrator(&mut transaction, &account.id, administrator).await?;
        let event = Event {
            at: self.now(),
            // Nobody's session did it.
            actor: String::new(),
            action,
            subject: account.id.clone(),
            clinic: String::new(),
            outcome: if administrator { "granted" } else { "revoked" },
        };
        audit::insert(&mut transaction, &event).await?;
        transaction.commit().await?;
        Ok(Some(vec![line(&account.id, &account.username)]))
    }
}

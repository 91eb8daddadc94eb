//! Who has access to the own record: inviting a clinic, listing, revoking.

use serde::Serialize;

use super::remembered::Verified;
use super::vault::Vault;
use super::{Actor, ClinicCard, Control, LocalPending, Method, Session, Store, Transport};
use crate::Id;
use crate::error::{Error, Result};
use crate::json;
use crate::keys::{DataOwnerKind, KeyName};
use crate::records::{Batch, Holder};
use crate::sharing::{Delegate, Grant, InvitationDetails, Permissions, Standing, VaultLog};
use crate::wire::json::{InvitedGrant, PermissionMap, to_base64url};
use crate::wire::{AddedWraps, BatchWraps, InvitationState, MAXIMUM_ITEMS, People};

/// Where the sharing with a clinic stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessState {
    /// The clinic has been invited and has not answered.
    Pending,
    /// The clinic has accepted.
    Sharing,
    /// The clinic has declined.
    Declined,
    /// The invitation expired before the clinic answered.
    Expired,
}

/// A clinic that has, or has been offered, access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The clinic's id.
    pub clinic: String,
    /// The name that the clinic's verified statement said when it was pinned.
    pub name: String,
    /// Whether the clinic's identity was verified, by its share code.
    pub verified: bool,
    /// Where the sharing stands.
    pub state: AccessState,
    /// What was granted.
    pub permissions: Permissions,
    /// Since when the grant stands, in milliseconds since the epoch.
    pub since: Option<u64>,
    /// The key of the invitation, while there is one.
    pub invitation: Option<String>,
    /// Until when the clinic may accept, as the platform writes times (RFC 3339).
    pub expires: Option<String>,
}

/// One clinic as the platform lists it.
struct Listed {
    clinic: String,
    name: String,
    state: AccessState,
    invitation: Option<String>,
    expires: Option<String>,
}

/// The body of `POST /confirm/send/invite/{userId}/clinic`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewInvitation<'a> {
    share_code: &'a str,
    permissions: PermissionMap,
    tidelock: InvitedGrant,
}

impl<T: Transport, S: Store> Session<T, S> {
    /// Invites a clinic that was looked up: signs a grant of the whole record, which becomes readable for the clinic's
    /// members when they accept. One request, whatever the size of the record.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the clinic has been invited or shares already, [`Error::ClinicNotVerified`] when it was
    /// not verified.
    pub async fn invite_clinic(&self, card: &ClinicCard, permissions: Permissions, control: &Control) -> Result<()> {
        if permissions == Permissions::default() {
            return Err(Error::invalid("permissions", "grant at least one permission"));
        }
        match self.invite_once(card, permissions, control).await {
            // Something has to be settled first: the vault has been closed, and is when it is opened.
            Err(error) if *error == Error::Conflict { current: None } => {
                self.invite_once(card, permissions, control).await
            }
            outcome => outcome,
        }
    }

    async fn invite_once(&self, card: &ClinicCard, permissions: Permissions, control: &Control) -> Result<()> {
        let delegate = Delegate::from(&card.clinic);
        self.in_vault(None, control, async |vault, _| {
            // What stands may have been declined, or have expired, since the vault was opened.
            if vault.log.standing(&delegate.id).is_some() {
                self.settle(vault, control).await?;
            }
            if vault.log.standing(&delegate.id).is_some() {
                return Err(Error::Conflict { current: None }.into());
            }
            let details = self.own_details(vault, control).await?;
            let draft = self.draft_of_grant(vault, &delegate, permissions).await?;
            let details = details.seal(&self.engine, vault.log.vault(), self.identity.fingerprint(), &delegate).await?;
            let grant = InvitedGrant {
                log: draft.entries_after(vault.log.number()).map(to_base64url).collect(),
                details: to_base64url(&details),
                clinic: Some(delegate.id.clone()),
                root: Some(delegate.fingerprint.to_string()),
            };
            let invitation = NewInvitation { share_code: &card.code, permissions: permissions.into(), tidelock: grant };
            let path = format!("/confirm/send/invite/{}/clinic", self.account.id);
            self.pin_clinic(&card.clinic, Verified::ShareCode).await?;
            self.send_signed(vault.log.vault(), path, true, json::to_bytes(&invitation)?, control).await?;
            vault.log = draft;
            self.remember(vault).await
        })
        .await
    }

    /// The log with one more grant, of all that there is in the compartments that go with these permissions.
    pub(super) fn draft_of_grant<'a>(
        &'a self,
        vault: &'a Vault,
        delegate: &'a Delegate,
        permissions: Permissions,
    ) -> LocalPending<'a, Result<VaultLog>> {
        Box::pin(async move {
            let mut keys = Vec::new();
            for compartment in permissions.compartments() {
                keys.extend(vault.keys_of(&vault.log.newest_versions(compartment))?);
            }
            let mut draft = vault.log.clone();
            let now = self.platform.now();
            draft.grant(&self.engine, self.identity.signing(), delegate, permissions, &keys, now).await?;
            Ok(draft)
        })
    }

    /// The owner's name and birth date, on a device that does not know them yet. It is in the deferred part of the module.
    pub(super) fn read_details<'a>(&'a self, control: &'a Control) -> LocalPending<'a, Result<InvitationDetails>> {
        Box::pin(
            async move { self.in_vault(None, control, async |vault, _| self.own_details(vault, control).await).await },
        )
    }

    /// The owner's name and birth date: as this device knows them, or else from her own record.
    pub(super) fn own_details<'a>(
        &'a self,
        vault: &'a mut Vault,
        control: &'a Control,
    ) -> LocalPending<'a, Result<InvitationDetails>> {
        Box::pin(async move {
            if let Some(details) = self.remembered().details().await? {
                return Ok(details);
            }
            let mut record = match vault.person_id() {
                Ok(id) => self.person_record(id, control).await?,
                Err(_) => None,
            };
            if record.is_none() {
                self.catch_up(vault, control).await?;
                if let Some(patient) = vault.patient {
                    record = self.person_record(patient, control).await?;
                }
            }
            let nobody = || InvitationDetails { full_name: String::new(), birth_date: None };
            let details = record.unwrap_or_else(nobody);
            self.remembered().put_details(&details).await?;
            Ok(details)
        })
    }

    /// What one of the own records says of who the owner is, if it is there and of that type.
    fn person_record<'a>(
        &'a self,
        id: Id,
        control: &'a Control,
    ) -> LocalPending<'a, Result<Option<InvitationDetails>>> {
        Box::pin(async move {
            let found = self.fetch(Actor::Person, &[id], Some(&self.account.id), control).await?;
            let mut found = found.into_iter().flatten().filter(|found| found.entity.state.kind == self.person_kind());
            Ok(found.next().and_then(|found| InvitationDetails::of_patient_json(found.body().ok()?)))
        })
    }

    /// All clinics that have, or have been offered, access.
    ///
    /// # Errors
    /// When the platform cannot be reached, or its list does not fit the signed log.
    pub async fn list_access(&self, control: &Control) -> Result<Vec<Access>> {
        let listed = self.listed(control).await?;
        self.in_vault(None, control, async |vault, _| {
            let mut accesses = Vec::with_capacity(listed.len());
            for listed in listed {
                let pin = self.remembered().pin(&listed.clinic).await?;
                let standing = vault.log.standing(&listed.clinic);
                accesses.push(Access {
                    name: pin.as_ref().map_or(listed.name, |pin| pin.name.clone()),
                    verified: pin.is_some_and(|pin| pin.verified == Verified::ShareCode),
                    state: listed.state,
                    permissions: standing.map(|standing| standing.grant.permissions).unwrap_or_default(),
                    since: standing.map(|standing| standing.time),
                    clinic: listed.clinic,
                    invitation: listed.invitation,
                    expires: listed.expires,
                });
            }
            Ok(accesses)
        })
        .await
    }

    /// Revokes the access of a clinic or a person, or takes an invitation back: the platform refuses from then on, and what
    /// is written from then on is under keys that they never had.
    ///
    /// # Errors
    /// [`Error::NotFound`] when nothing stands.
    pub async fn revoke(&self, id: &str, control: &Control) -> Result<()> {
        self.in_vault(None, control, async |vault, _| {
            if vault.log.standing(id).is_none() {
                // A person who has accepted, and was granted nothing yet.
                return self.end_share(&self.account.id, id, control).await;
            }
            self.revoke_all(vault, &[id.to_owned()], None, control).await
        })
        .await?;
        // What was shared singly by whoever lost access ended with it.
        self.settle_entities(&mut self.vault.lock().await, &[], control).await
    }

    /// Takes an invitation back, or removes one that was declined or has expired from the list.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such invitation.
    pub async fn cancel_invitation(&self, key: &str, control: &Control) -> Result<()> {
        let listed = self.listed(control).await?;
        let invitation = listed.into_iter().find(|listed| listed.invitation.as_deref() == Some(key));
        let Some(Listed { clinic, .. }) = invitation else { return self.cancel_person(key, control).await };
        match self.revoke(&clinic, control).await {
            // Revoking the grant has taken the invitation back, too.
            Ok(()) => Ok(()),
            Err(error) if *error == Error::NotFound => {
                let path = format!("/v1/clinics/{clinic}/invites/patients/{key}");
                self.platform.send_empty(Method::Delete, &path, control).await
            }
            Err(error) => Err(error),
        }
    }

    /// Revokes clinics and persons that have a grant, but no access at the platform any more: who declined or left, an
    /// invitation that expired. Clinics that have newer keys since somebody has left them are granted the same anew. It is
    /// done before anything is written.
    pub(super) fn settle<'a>(&'a self, vault: &'a mut Vault, control: &'a Control) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            let standings = vault.log.standings();
            let all_safe = vault.exposed(&vault.log).is_empty();
            let unwrapped = self.known.borrow().unwrapped;
            if standings.is_empty() && all_safe && !unwrapped {
                return Ok(());
            }
            let is_clinic = |standing: &&Standing<'_>| standing.grant.kind == DataOwnerKind::Clinic;
            let mut remaining: Vec<String> = Vec::new();
            let mut outdated = false;
            if standings.iter().any(|standing| is_clinic(&standing)) {
                let party = self.party(Actor::Person, control).await?;
                self.known.borrow_mut().directory.forget_clinics();
                self.know_clinics(&party, &vault.log, control).await?;
                outdated = self.known.borrow().directory.any_outdated(&vault.log);
                let mut listed = self.listed(control).await?;
                listed.retain(|listed| matches!(listed.state, AccessState::Pending | AccessState::Sharing));
                remaining.extend(listed.into_iter().map(|listed| listed.clinic));
            }
            if !standings.iter().all(|standing| is_clinic(&standing)) {
                let people: People = self.platform.get_cbor("/people", control).await?;
                let open = [InvitationState::Pending, InvitationState::Accepted];
                let given = people.given.into_iter().filter(|given| open.contains(&given.state));
                remaining.extend(given.filter_map(|given| given.person));
            }
            let ended = standings.iter().map(|standing| standing.grant.delegate.clone());
            let ended: Vec<String> = ended.filter(|delegate| !remaining.contains(delegate)).collect();
            if ended.is_empty() && all_safe && !outdated && !unwrapped {
                return Ok(());
            }
            self.platform.deferred().await?;
            if !ended.is_empty() || !all_safe || outdated {
                self.revoke_all(vault, &ended, None, control).await?;
            }
            self.wrap_all(vault, control).await
        })
    }

    /// Changes what a clinic or a person may do. Whoever loses something is revoked and granted the rest, with cut-offs and
    /// next versions of the keys; whoever gains something is granted more: one request.
    ///
    /// # Errors
    /// [`Error::NotFound`] when nothing stands, [`Error::InvalidInput`] when nothing would be left: that is
    /// [`revoke`](Self::revoke).
    pub fn change_permissions<'a>(
        &'a self,
        id: &'a str,
        permissions: Permissions,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            if permissions == Permissions::default() {
                return Err(Error::invalid("permissions", "to take everything away, revoke the access"));
            }
            let loses = self
                .in_vault(None, control, async |vault, _| {
                    let grant = vault.log.standing(id).ok_or(Error::NotFound)?.grant.clone();
                    let loses = !permissions.include(grant.permissions);
                    if loses {
                        self.revoke_all(vault, &[id.to_owned()], Some((&grant, permissions)), control).await?;
                    } else {
                        let delegate = self.introduced(&grant, control).await?;
                        let keys = vault.keys_of(&keys_with(&vault.log, &grant, permissions))?;
                        let mut draft = vault.log.clone();
                        let (signing, now) = (self.identity.signing(), self.platform.now());
                        draft.grant(&self.engine, signing, &delegate, permissions, &keys, now).await?;
                        self.send_log(vault, draft, control).await?;
                    }
                    Ok(loses)
                })
                .await?;
            if loses {
                // What was shared singly by whoever lost something ended with it.
                self.settle_entities(&mut self.vault.lock().await, &[], control).await?;
            }
            Ok(())
        })
    }

    /// Revokes delegates, mints the next version of every key they held, and grants it to those who remain, and to one of
    /// the revoked with other permissions: one request. It is in the deferred part of the module.
    fn revoke_all<'a>(
        &'a self,
        vault: &'a mut Vault,
        delegates: &'a [String],
        changed: Option<(&'a Grant, Permissions)>,
        control: &'a Control,
    ) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            self.catch_up(vault, control).await?;
            let now = self.platform.now();
            let signing = self.identity.signing();
            let mut draft = vault.log.clone();
            // Whoever has left a clinic is revoked with the clinic; those who have stayed get the same anew.
            let mut renewed: Vec<Grant> = Vec::new();
            for standing in vault.log.standings() {
                let grant = standing.grant;
                if !delegates.contains(&grant.delegate) && self.known.borrow().directory.is_outdated(grant) {
                    draft
                        .revoke(&self.engine, signing, &grant.delegate, vault.history.cutoffs(&grant.delegate), now)
                        .await?;
                    renewed.push(grant.clone());
                }
            }
            for delegate in delegates {
                draft.revoke(&self.engine, signing, delegate, vault.history.cutoffs(delegate), now).await?;
            }
            for name in vault.exposed(&draft) {
                let before = vault.key(name)?;
                let key = draft.mint_key(&self.engine, signing, name.next_version(), Some(before), now).await?;
                vault.keys.push(key);
            }
            let remaining = draft.clone();
            for standing in remaining.standings() {
                let grant = standing.grant;
                // A grant takes the place of the one before, so it lists the keys that have not changed, too. The epochs
                // stay the same: who was left out of one that began later is not let in by a revocation.
                let names = draft.newest_versions_of(&grant.keys);
                if names == grant.keys {
                    continue;
                }
                let keys = vault.keys_of(&names)?;
                let delegate = self.introduced(grant, control).await?;
                draft.grant(&self.engine, signing, &delegate, grant.permissions, &keys, now).await?;
            }
            for grant in &renewed {
                let keys = vault.keys_of(&draft.newest_versions_of(&grant.keys))?;
                let delegate = self.introduced(grant, control).await?;
                draft.grant(&self.engine, signing, &delegate, grant.permissions, &keys, now).await?;
            }
            if let Some((grant, permissions)) = changed {
                let keys = vault.keys_of(&keys_with(&draft, grant, permissions))?;
                let delegate = self.introduced(grant, control).await?;
                draft.grant(&self.engine, signing, &delegate, permissions, &keys, now).await?;
            }
            self.send_log(vault, draft, control).await
        })
    }

    /// Wraps batches to vault keys that were wrapped to identities only, while the vault keys were burnt: whoever is granted the
    /// vault keys from now on opens those batches, too. When it is interrupted, the platform says so the next time.
    /// It is in the deferred part of the module.
    fn wrap_all<'a>(&'a self, vault: &'a mut Vault, control: &'a Control) -> LocalPending<'a, Result<()>> {
        Box::pin(async move {
            if !self.known.borrow().unwrapped {
                return Ok(());
            }
            self.catch_up(vault, control).await?;
            let mut batches: Vec<BatchWraps> = Vec::new();
            for (batch, epoch) in vault.history.unwrapped() {
                let newest = vault.log.newest_version(batch.compartment, epoch);
                let key = newest.filter(|newest| !vault.log.is_exposed(newest)).map(|newest| vault.key(newest));
                let Some(Ok(key)) = key else { continue };
                let holder = Holder { vault_keys: &vault.keys, own: &vault.own };
                let wraps = match vault.history.open_batch(&self.engine, &batch.id, &holder).await {
                    Ok(opened) => vec![Batch::wrap(batch.id, &opened, key)?],
                    // Its author has spoilt it: nobody whom the owner admits later misses anything that she has.
                    Err(error) if matches!(*error, Error::Tampered { .. } | Error::NoAccess) => Vec::new(),
                    Err(error) => return Err(error),
                };
                batches.push(BatchWraps { batch: batch.id, wraps });
            }
            let path = ["/vaults/", vault.log.vault(), "/wraps"].concat();
            for chunk in batches.chunks(MAXIMUM_ITEMS) {
                control.check()?;
                let body = AddedWraps { batches: chunk.to_vec() };
                self.platform.send_cbor(Method::Post, &path, &body, control).await?;
                for BatchWraps { batch, wraps } in chunk {
                    vault.history.add_wraps(batch, wraps)?;
                }
            }
            self.known.borrow_mut().unwrapped = false;
            Ok(())
        })
    }

    /// Whoever a standing grant names by fingerprint needs no further introduction; nobody else gets a key.
    pub(super) async fn introduced(&self, grant: &Grant, control: &Control) -> Result<Delegate> {
        let (delegate, is_named) = match grant.kind {
            DataOwnerKind::Clinic => {
                let (clinic, _) = self.clinic_keys(&grant.delegate, control).await?;
                (Delegate::from(&clinic), clinic.has_had(&grant.fingerprint))
            }
            _ => {
                let statement = self.statement(&grant.delegate, control).await?;
                (Delegate::from(&statement), statement.digest() == grant.fingerprint)
            }
        };
        if is_named { Ok(delegate) } else { Err(Error::IdentityChanged { owner: delegate.id }.into()) }
    }

    /// The clinics that the platform lists, invited or sharing; of several entries for one clinic, the strongest.
    fn listed<'a>(&'a self, control: &'a Control) -> LocalPending<'a, Result<Vec<Listed>>> {
        Box::pin(async move {
            let mut all = Vec::new();
            let path = format!("/v1/patients/{}/clinics?limit=1000", self.account.id);
            for entry in self.platform.get_list(&path, control).await? {
                let clinic = entry.get("clinic").unwrap_or_default();
                all.push(Listed {
                    clinic: clinic.text("id"),
                    name: clinic.text("name"),
                    state: AccessState::Sharing,
                    invitation: None,
                    expires: None,
                });
            }
            let path = format!("/confirm/invite/{}", self.account.id);
            let sent = match self.platform.get_list(&path, control).await {
                // That is how Tidepool says that there are none.
                Err(error) if *error == Error::NotFound => Vec::new(),
                sent => sent?,
            };
            for invitation in &sent {
                let clinic = invitation.text("clinicId");
                if clinic.is_empty() || all.iter().any(|listed: &Listed| listed.clinic == clinic) {
                    continue;
                }
                let ours = invitation.get("tidelock").and_then(|ours| ours.get("expired"));
                let expired = ours.is_some_and(|expired| expired.is_true());
                let state = match (invitation.text("status").as_str(), expired) {
                    ("pending", false) => AccessState::Pending,
                    ("pending", true) => AccessState::Expired,
                    _ => AccessState::Declined,
                };
                let name = invitation.get("clinic").unwrap_or_default().text("name");
                let invitation_key = Some(invitation.text("key")).filter(|key| !key.is_empty());
                let expires = Some(invitation.text("expiresAt")).filter(|expires| !expires.is_empty());
                all.push(Listed { clinic, name, state, invitation: invitation_key, expires });
            }
            Ok(all)
        })
    }
}

/// The newest keys for whoever has a grant, with other permissions: of a compartment that the grant has keys of, those epochs;
/// of another, all.
fn keys_with(log: &VaultLog, grant: &Grant, permissions: Permissions) -> Vec<KeyName> {
    let mut keys = Vec::new();
    for compartment in permissions.compartments() {
        let mut held = grant.keys.clone();
        held.retain(|key| key.compartment == compartment);
        keys.extend(if held.is_empty() { log.newest_versions(compartment) } else { log.newest_versions_of(&held) });
    }
    keys
}

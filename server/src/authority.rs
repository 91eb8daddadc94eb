//! Who may do what: one table, through which every request goes.

use sqlx::Row as _;
use tidelock::keys::{Compartment, DataOwnerKind};
use tidelock::records::EntityState;
use tidelock::sharing::{Rights, VaultLog};

use crate::error::{Failure, Refusal};
use crate::permissions::{Permission, Permissions};
use crate::storage::entities::Entity;
use crate::storage::{Connection, accounts, clinics, delegations, grants, patients, people};

/// What somebody may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Read an account.
    ReadAccount,
    /// Read a profile.
    ReadProfile,
    /// Change a profile.
    WriteProfile,
    /// Found a clinic.
    CreateClinic,
    /// Read what a clinic says about itself.
    ReadClinic,
    /// See a clinic's share code without having been given it.
    ReadClinicShareCode,
    /// List all clinics: Tidepool allows it to its own services only, and we have none.
    ListClinics,
    /// See what a clinic has decided for itself.
    ReadClinicSettings,
    /// Change that.
    ChangeClinicSettings,
    /// Change what a clinic has written down about a patient.
    ChangePatient,
    /// See who runs a clinic.
    ListMembers,
    /// List the clinics that an account helps to run.
    ListMemberships,
    /// Invite somebody to help to run a clinic, and see or take back such an invitation.
    InviteMember,
    /// See the invitations of clinics to oneself.
    ListMemberInvitations,
    /// Accept one, or decline it.
    AnswerMemberInvitation,
    /// Change what somebody may do in a clinic.
    ChangeMember,
    /// End somebody's membership of a clinic.
    RemoveMember,
    /// Find out whose share code one was given.
    LookUpShareCode,
    /// Register a share code.
    RegisterShareCode,
    /// See all share codes of a clinic.
    ListShareCodes,
    /// Disable a share code, or call it something else.
    ChangeShareCode,
    /// Invite a clinic to a patient's record.
    SendInvitation,
    /// List the invitations that a patient has sent.
    ListSentInvitations,
    /// List the invitations that wait for a clinic.
    ListReceivedInvitations,
    /// Accept one.
    AcceptInvitation,
    /// Decline one.
    DeclineInvitation,
    /// List the invitations that a person has received.
    ListInvitationsToPerson,
    /// Accept or dismiss one of them.
    AnswerInvitation,
    /// Send an invitation again, complete it, or take it back.
    ManageInvitation,
    /// List with whom somebody shares, or who shares with him.
    ListPeople,
    /// See what one person may do with another's record.
    ReadShare,
    /// Change what a person may do with one's record.
    ChangeShare,
    /// Give up what one was granted.
    LeaveShare,
    /// Ask for a mail by which to confirm one's address.
    ConfirmAddress,
    /// List the clinics a patient shares with.
    ListClinicsOfPatient,
    /// See the patients of a clinic.
    ReadPatients,
    /// Change what a clinic may do with a patient's record.
    ChangePermissions,
    /// End the sharing.
    RemovePatient,
    /// Publish one's first identity.
    PublishIdentity,
    /// Publish the next version of one's identity.
    PublishSuccessor,
    /// Read somebody's identity statements.
    ReadIdentity,
    /// Read a backup.
    ReadBackup,
    /// Read a vault's log.
    ReadVaultLog,
    /// Continue a vault's log.
    AppendVaultLog,
    /// Read what a vault holds.
    ReadVault,
    /// Write into a vault.
    WriteVault,
    /// Wrap batches to newer vault keys.
    AddWraps,
    /// Read what one has signed oneself.
    ReadOwnManifests,
    /// Ask for single entities as oneself.
    AskForEntities,
    /// Ask for single entities in the name of a clinic.
    AskForEntitiesOfClinic,
    /// Read a single entity, see [`scope`].
    ReadEntity,
    /// Read a large content beside an entity, see [`require_entity`].
    ReadAttachment,
    /// Send or delete one.
    WriteAttachment,
    /// Find out who has an e-mail address.
    LookUpDataOwner,
    /// Give keys back to an owner who lost hers.
    GiveBack,
    /// Read what was given back to oneself, and remove it.
    ReadGiveBacks,
    /// Read where all chains of one's vault stand.
    ReadTips,
    /// Be told what changes for oneself.
    ListenToEvents,
    /// Publish a clinic's keys.
    PublishClinicKeys,
    /// Read a clinic's keys.
    ReadClinicKeys,
}

#[derive(Clone, Copy, Debug)]
enum Party {
    /// Anyone who is signed in.
    SignedIn,
    /// The account it is about.
    Owner,
    /// Any member of the clinic whose vault it is about.
    OwnersMember,
    /// An admin of the clinic whose vault it is about.
    OwnersAdmin,
    /// Any member of the clinic it is about.
    Member,
    /// An admin of the clinic it is about.
    Admin,
    /// A member of any clinic that has one of these permissions from the account it is about.
    ClinicWith(&'static [Permission]),
    /// A person with a grant of any permission from the account it is about, which stands at the platform, too.
    Grantee,
    /// A person for whom the platform has one of these permissions on record from the account it is about.
    PersonWith(&'static [Permission]),
    /// A person, or a member of any clinic, with a grant of all that there is and will be of the record's data.
    GranteeOfEverything,
    /// Whoever has a grant, which the platform's own record does not narrow, of the key under which the entity is.
    Covered,
    /// An administrator of the platform, who reads ciphertext and leaves a trace.
    Administrator,
    /// Whoever has a grant, likewise, of the entity's key and of writing where it is.
    CoveredWriter,
    /// Whoever the entity is delegated to for writing.
    DelegateWriter,
    /// Whoever the entity is delegated to; of a vault, whoever any entity in it is delegated to, himself or a clinic of his.
    Delegate,
}

impl Action {
    /// The table: the action's name in the audit log, and the parties to whom it is allowed.
    const fn rule(self) -> (&'static str, &'static [Party]) {
        use Party::{
            Admin, Administrator, ClinicWith, Covered, CoveredWriter, Delegate, DelegateWriter, Grantee,
            GranteeOfEverything, Member, Owner, OwnersAdmin, OwnersMember, PersonWith, SignedIn,
        };
        match self {
            Self::ReadAccount => ("account.read", &[Owner]),
            Self::ReadProfile => {
                ("profile.read", &[Owner, ClinicWith(&[Permission::View]), PersonWith(&[Permission::View])])
            }
            Self::WriteProfile => ("profile.write", &[Owner]),
            Self::CreateClinic => ("clinic.create", &[SignedIn]),
            Self::ReadClinic => ("clinic.read", &[SignedIn]),
            Self::ReadClinicShareCode => ("clinic.share_code", &[Member]),
            Self::ListClinics => ("clinic.list", &[]),
            Self::ReadClinicSettings => ("clinic_settings.read", &[Member]),
            Self::ChangeClinicSettings => ("clinic_settings.change", &[Admin]),
            Self::ChangePatient => ("patient.change", &[Member]),
            Self::ListMembers => ("member.list", &[Member]),
            Self::ListMemberships => ("membership.list", &[Owner]),
            Self::InviteMember => ("member.invite", &[Admin]),
            Self::ListMemberInvitations => ("member.invitations", &[Owner]),
            Self::AnswerMemberInvitation => ("member.answer", &[Owner]),
            Self::ChangeMember => ("member.change", &[Admin]),
            // Whoever wants to leave may leave.
            Self::RemoveMember => ("member.remove", &[Owner, Admin]),
            Self::LookUpShareCode => ("share_code.look_up", &[SignedIn]),
            Self::RegisterShareCode => ("share_code.register", &[Admin]),
            Self::ListShareCodes => ("share_code.list", &[Member]),
            Self::ChangeShareCode => ("share_code.change", &[Admin]),
            Self::SendInvitation => ("invitation.send", &[Owner]),
            Self::ListSentInvitations => ("invitation.list_sent", &[Owner]),
            Self::ListReceivedInvitations => ("invitation.list_received", &[Member]),
            Self::AcceptInvitation => ("invitation.accept", &[Member]),
            Self::DeclineInvitation => ("invitation.decline", &[Member]),
            Self::ListInvitationsToPerson => ("invitation.list_to_person", &[Owner]),
            Self::AnswerInvitation => ("invitation.answer", &[Owner]),
            Self::ManageInvitation => ("invitation.manage", &[Owner]),
            Self::ListPeople => ("share.list", &[Owner]),
            Self::ReadShare => ("share.read", &[Owner]),
            Self::ChangeShare => ("share.change", &[Owner]),
            Self::LeaveShare => ("share.leave", &[PersonWith(&Permission::ALL)]),
            Self::ConfirmAddress => ("account.confirm", &[Owner]),
            Self::ListClinicsOfPatient => ("patient.clinics", &[Owner]),
            Self::ReadPatients => ("patient.read", &[Member]),
            Self::ChangePermissions => ("patient.permissions", &[Owner]),
            Self::RemovePatient => ("patient.remove", &[Owner, Admin]),
            Self::PublishIdentity => ("identity.publish", &[Owner]),
            Self::PublishSuccessor => ("identity.succeed", &[Owner]),
            Self::ReadIdentity => ("identity.read", &[SignedIn]),
            Self::ReadBackup => ("backup.read", &[Owner]),
            // Whoever may read or write anything needs the log: it says who wrote what with which right, and under which key.
            Self::ReadVaultLog => (
                "vault.read_log",
                &[Owner, OwnersMember, ClinicWith(&Permission::ALL), Grantee, Delegate, Administrator],
            ),
            Self::AppendVaultLog => ("vault.append_log", &[Owner, OwnersAdmin]),
            Self::ReadVault => ("vault.read", &[Owner, OwnersMember, GranteeOfEverything, Administrator]),
            // In which capacity, and what with which entity, is looked at with the write itself.
            Self::WriteVault => {
                ("vault.write", &[Owner, OwnersMember, ClinicWith(&Permission::ALL), Grantee, Delegate])
            }
            Self::AddWraps => ("vault.add_wraps", &[Owner, OwnersMember, GranteeOfEverything]),
            // One's own, whatever has become of one's rights since.
            Self::ReadOwnManifests => ("vault.read_own", &[SignedIn]),
            Self::AskForEntities => ("entity.ask", &[SignedIn]),
            Self::AskForEntitiesOfClinic => ("entity.ask", &[Member]),
            Self::ReadEntity => ("entity.read", &[Owner, Covered, Delegate, Administrator]),
            Self::ReadAttachment => ("attachment.read", &[Owner, Covered, Delegate, Administrator]),
            Self::WriteAttachment => ("attachment.write", &[Owner, CoveredWriter, DelegateWriter]),
            Self::GiveBack => ("give_back.send", &[ClinicWith(&Permission::ALL), Grantee, Delegate]),
            Self::ReadGiveBacks => ("give_back.read", &[Owner]),
            Self::ReadTips => ("vault.read_tips", &[Owner]),
            Self::LookUpDataOwner => ("data_owner.look_up", &[SignedIn]),
            Self::ListenToEvents => ("event.listen", &[Owner]),
            Self::PublishClinicKeys => ("clinic_keys.publish", &[Admin]),
            // What a clinic publishes is for everybody who may meet its signature in a record; of the sealed keys
            // each gets his own.
            Self::ReadClinicKeys => ("clinic_keys.read", &[SignedIn]),
        }
    }

    /// Its name in the audit log.
    pub const fn name(self) -> &'static str {
        self.rule().0
    }
}

/// What a request is about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Resource<'a> {
    /// The account whose data it is, or empty.
    pub owner: &'a str,
    /// The clinic, or empty.
    pub clinic: &'a str,
}

impl<'a> Resource<'a> {
    /// Something of an account's.
    pub const fn of(owner: &'a str) -> Self {
        Self { owner, clinic: "" }
    }

    /// Something of a clinic's.
    pub const fn at(clinic: &'a str) -> Self {
        Self { owner: "", clinic }
    }

    /// Something of an account's at a clinic.
    pub const fn of_at(owner: &'a str, clinic: &'a str) -> Self {
        Self { owner, clinic }
    }
}

/// As what somebody may do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As somebody who has to do with it.
    Party,
    /// As an administrator only: that has to be noted.
    Administrator,
}

/// Lets `account` do `action`, or refuses.
///
/// # Errors
/// [`Failure::Refused`] if the table has no party that fits.
pub async fn require(
    connection: &mut Connection,
    account: &str,
    action: Action,
    resource: Resource<'_>,
) -> Result<Standing, Failure> {
    if let Some(standing) = standing(connection, account, action, resource).await? {
        return Ok(standing);
    }
    Err(Failure::Refused(Refusal {
        actor: account.to_owned(),
        action: action.name(),
        subject: resource.owner.to_owned(),
        clinic: resource.clinic.to_owned(),
    }))
}

/// Whether the table allows `account` to do `action`.
///
/// # Errors
/// The database's.
pub async fn allows(
    connection: &mut Connection,
    account: &str,
    action: Action,
    resource: Resource<'_>,
) -> Result<bool, Failure> {
    Ok(standing(connection, account, action, resource).await?.is_some())
}

async fn standing(
    connection: &mut Connection,
    account: &str,
    action: Action,
    resource: Resource<'_>,
) -> Result<Option<Standing>, Failure> {
    for party in action.rule().1 {
        let fits = match party {
            Party::SignedIn => true,
            Party::Owner => account == resource.owner,
            Party::OwnersMember => role(connection, account, resource.owner, ANYBODY).await?,
            Party::OwnersAdmin => role(connection, account, resource.owner, &[clinics::ADMIN]).await?,
            Party::Member => role(connection, account, resource.clinic, ANYBODY).await?,
            Party::Admin => role(connection, account, resource.clinic, &[clinics::ADMIN]).await?,
            Party::ClinicWith(permissions) => clinic_with(connection, account, resource.owner, permissions).await?,
            Party::Grantee => {
                let granted = grants::find(connection, resource.owner, account).await?;
                granted.is_some_and(|granted| !granted.is_empty())
                    && person_with(connection, account, resource.owner, &Permission::ALL).await?
            }
            Party::PersonWith(permissions) => person_with(connection, account, resource.owner, permissions).await?,
            Party::GranteeOfEverything => has_everything(connection, account, resource.owner).await?,
            Party::Delegate => delegations::any_to(connection, resource.owner, account).await?,
            // Of single entities only, see `scope`.
            Party::Covered | Party::CoveredWriter | Party::DelegateWriter => false,
            Party::Administrator => accounts::is_administrator(connection, account).await?,
        };
        if fits {
            let administrator = matches!(party, Party::Administrator);
            return Ok(Some(if administrator { Standing::Administrator } else { Standing::Party }));
        }
    }
    Ok(None)
}

/// Whoever helps to run a clinic.
const ANYBODY: &[&str] = &[clinics::ADMIN, clinics::MEMBER];

/// Which entities of one vault somebody may read: the line of [`Action::ReadEntity`], without asking the database for each.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    everything: bool,
    keys: Vec<(Compartment, u32)>,
    delegate: Option<String>,
    administrator: bool,
}

impl Scope {
    /// Whether the reader is an administrator, who may read whatever else there is and leaves a trace.
    pub const fn is_administrators(&self) -> bool {
        self.administrator
    }

    /// Whether all entities are.
    pub const fn is_everything(&self) -> bool {
        self.everything
    }

    /// The compartments and epochs of which all entities are.
    pub fn keys(&self) -> &[(Compartment, u32)] {
        &self.keys
    }

    /// Whether this entity is one of them.
    pub fn has(&self, entity: &EntityState) -> bool {
        self.everything
            || self.keys.contains(&(entity.compartment, entity.epoch))
            || self.delegate.as_deref().is_some_and(|delegate| entity.standing(delegate).is_some())
    }
}

/// Which entities of the vault with that log `reader` may read: an account, or a clinic.
///
/// # Errors
/// The database's.
pub async fn scope(connection: &mut Connection, reader: &str, log: &VaultLog) -> Result<Scope, Failure> {
    let mut scope = Scope::default();
    for party in Action::ReadEntity.rule().1 {
        match party {
            Party::Owner => scope.everything |= reader == log.vault(),
            Party::Covered => scope.keys = covered(connection, reader, log, Rights::Read).await?,
            Party::Delegate => scope.delegate = Some(reader.to_owned()),
            Party::Administrator => scope.administrator = accounts::is_administrator(connection, reader).await?,
            _ => {}
        }
    }
    Ok(scope)
}

/// Who asks, and in whose name.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The account.
    pub account: &'a str,
    /// The account itself, or a clinic that it helps to run.
    pub reader: &'a str,
}

/// Lets somebody do `action` with a single entity, or refuses.
///
/// # Errors
/// [`Failure::Refused`] if the table has no party that fits.
pub async fn require_entity(
    connection: &mut Connection,
    Asking { account, reader }: Asking<'_>,
    action: Action,
    entity: &Entity,
) -> Result<Standing, Failure> {
    let Entity { vault, state, .. } = entity;
    let log = crate::vaults::load(connection, vault).await?;
    for party in action.rule().1 {
        let needed =
            if matches!(party, Party::CoveredWriter | Party::DelegateWriter) { Rights::Write } else { Rights::Read };
        let fits = match (party, &log) {
            (Party::Owner, _) => reader == vault,
            (Party::Covered | Party::CoveredWriter, Some(log)) => {
                let keys = covered(connection, reader, log, needed).await?;
                keys.contains(&(state.compartment, state.epoch))
            }
            (Party::Delegate | Party::DelegateWriter, _) => {
                state.standing(reader).is_some_and(|standing| standing.rights >= needed)
            }
            (Party::Administrator, _) => accounts::is_administrator(connection, account).await?,
            _ => false,
        };
        if fits {
            let administrator = matches!(party, Party::Administrator);
            return Ok(if administrator { Standing::Administrator } else { Standing::Party });
        }
    }
    let clinic = if reader == account { String::new() } else { reader.to_owned() };
    Err(Failure::Refused(Refusal { actor: account.to_owned(), action: action.name(), subject: vault.clone(), clinic }))
}

/// Whether an account, or a clinic that it helps to run, has a grant of every epoch of a vault's data.
async fn has_everything(connection: &mut Connection, account: &str, vault: &str) -> Result<bool, Failure> {
    let mut readers = vec![account.to_owned()];
    readers.extend(clinics::memberships(connection, account).await?.into_iter().map(|member| member.clinic));
    let Some(log) = crate::vaults::load(connection, vault).await? else { return Ok(false) };
    for reader in readers {
        let keys = covered(connection, &reader, &log, Rights::Read).await?;
        let mut all = log.newest_versions(Compartment::Data).into_iter();
        // A grant of nothing is not one of everything, even where there is nothing yet.
        if !keys.is_empty() && all.all(|key| keys.contains(&(key.compartment, key.epoch))) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The compartments and epochs of whose keys `reader` has a grant, for writing only where he may write.
async fn covered(
    connection: &mut Connection,
    reader: &str,
    log: &VaultLog,
    needed: Rights,
) -> Result<Vec<(Compartment, u32)>, Failure> {
    let Some(standing) = log.standing(reader) else { return Ok(Vec::new()) };
    let mut allowed: Vec<Compartment> = standing.grant.permissions.compartments().collect();
    // Served is what has been accepted and the owner has not taken away since, with a signature or without.
    let record = if standing.grant.kind == DataOwnerKind::Clinic {
        patients::find(connection, reader, log.vault()).await?.map(|patient| patient.permissions)
    } else {
        people::find(connection, log.vault(), reader).await?.map(|share| share.permissions)
    };
    let record = record.unwrap_or_default().to_signed();
    allowed.retain(|compartment| record.compartments().any(|part| part == *compartment));
    if needed == Rights::Write {
        let writes = |compartment| record.may_write(compartment) && standing.grant.permissions.may_write(compartment);
        allowed.retain(|compartment| writes(*compartment));
    }
    let keys = standing.grant.keys.iter().filter(|key| allowed.contains(&key.compartment));
    Ok(keys.map(|key| (key.compartment, key.epoch)).collect())
}

async fn role(connection: &mut Connection, account: &str, clinic: &str, roles: &[&str]) -> Result<bool, Failure> {
    let member = clinics::find_member(connection, clinic, account).await?;
    Ok(member.is_some_and(|member| member.roles.iter().any(|role| roles.contains(&role.as_str()))))
}

/// Whether the platform has one of `permissions` from `owner` on record for a person.
async fn person_with(
    connection: &mut Connection,
    account: &str,
    owner: &str,
    permissions: &[Permission],
) -> Result<bool, Failure> {
    let share = people::find(connection, owner, account).await?;
    Ok(share.is_some_and(|share| permissions.iter().any(|permission| share.permissions.contains(*permission))))
}

/// Whether a clinic that `account` helps to run has one of `permissions` from `owner`.
async fn clinic_with(
    connection: &mut Connection,
    account: &str,
    owner: &str,
    permissions: &[Permission],
) -> Result<bool, Failure> {
    let rows = sqlx::query(
        "SELECT patients.permissions FROM patients
         JOIN clinic_members ON clinic_members.clinic = patients.clinic
         WHERE patients.account = $1 AND clinic_members.account = $2",
    )
    .bind(owner)
    .bind(account)
    .fetch_all(connection)
    .await?;
    for row in rows {
        let given = Permissions::parse(&row.try_get::<String, _>(0)?);
        if permissions.iter().any(|permission| given.contains(*permission)) {
            return Ok(true);
        }
    }
    Ok(false)
}

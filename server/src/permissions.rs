//! Tidepool's permissions: what a grant allows.

use serde_json::{Map, Value, json};

/// One permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Read what the vault holds.
    View,
    /// Add data to it.
    Upload,
    /// Add notes to it.
    Note,
}

impl Permission {
    /// All of them, in the order in which they are written.
    pub const ALL: [Self; 3] = [Self::View, Self::Upload, Self::Note];

    /// Tidepool's name for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Upload => "upload",
            Self::Note => "note",
        }
    }

    /// The permission with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.as_str() == name)
    }

    const fn bit(self) -> u8 {
        match self {
            Self::View => 1,
            Self::Upload => 2,
            Self::Note => 4,
        }
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(u8);

impl Permissions {
    /// Those named in a JSON object such as `{"view":{}}`. Presence grants, whatever the value; names that mean nothing here
    /// (`custodian`, `root`) grant nothing.
    pub fn from_json(object: &Map<String, Value>) -> Self {
        Self(
            Permission::ALL
                .into_iter()
                .filter(|permission| object.contains_key(permission.as_str()))
                .fold(0, |set, permission| set | permission.bit()),
        )
    }

    /// Tidepool's form: `{"view":{}}`.
    pub fn to_json(self) -> Value {
        Permission::ALL
            .into_iter()
            .filter(|permission| self.contains(*permission))
            .map(|permission| (permission.as_str().to_owned(), json!({})))
            .collect::<Map<_, _>>()
            .into()
    }

    /// The form in which the database keeps them: names with commas between.
    pub fn to_text(self) -> String {
        let names: Vec<_> = Permission::ALL
            .into_iter()
            .filter(|permission| self.contains(*permission))
            .map(Permission::as_str)
            .collect();
        names.join(",")
    }

    /// Reads [`Self::to_text`].
    pub fn parse(text: &str) -> Self {
        Self(text.split(',').filter_map(Permission::parse).fold(0, |set, permission| set | permission.bit()))
    }

    /// The same as the signed log has it.
    pub const fn to_signed(self) -> tidelock::sharing::Permissions {
        tidelock::sharing::Permissions {
            view: self.contains(Permission::View),
            upload: self.contains(Permission::Upload),
            note: self.contains(Permission::Note),
        }
    }

    /// What the signed log says.
    pub const fn from_signed(signed: tidelock::sharing::Permissions) -> Self {
        let mut set = 0;
        if signed.view {
            set |= Permission::View.bit();
        }
        if signed.upload {
            set |= Permission::Upload.bit();
        }
        if signed.note {
            set |= Permission::Note.bit();
        }
        Self(set)
    }

    /// Whether it is among them.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// The same without one.
    #[must_use]
    pub const fn without(self, permission: Permission) -> Self {
        Self(self.0 & !permission.bit())
    }

    /// Whether none is left.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

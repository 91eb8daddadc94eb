//! What is written in mail, all of it. A letter says nothing about anybody's health, names no patient and, but for
//! [`confirmation`], carries no secret; whatever it is about is behind a link and a sign-in.

use crate::mail::Mail;

/// To an administrator: a share code of the clinic was used. `link` leads to the invitation.
pub fn invitation_to_clinic(to: String, clinic: &str, link: &str) -> Mail {
    let clinic = one_line(clinic);
    Mail {
        to,
        subject: "New share invitation".to_owned(),
        text: format!(
            "Hello,\n\nsomebody has used a share code of {clinic}. To see who it is, and to accept or decline, open this \
             page and sign in:\n\n{link}\n\nYou get this mail because you are an administrator of {clinic}.\n"
        ),
    }
}

/// To somebody with whom a person would like to share, with an account or without. `link` leads to the invitation. Nothing in
/// it says who, or what about.
pub fn invitation_to_person(to: String, has_account: bool, link: &str) -> Mail {
    let how = if has_account { "sign in" } else { "sign up with this address" };
    Mail {
        to,
        subject: "New share invitation".to_owned(),
        text: format!(
            "Hello,\n\nsomebody would like to share a record with you. To see who it is, and to accept or decline, open \
             this page and {how}:\n\n{link}\n"
        ),
    }
}

/// To somebody whom a clinic would like to work with it. It says which clinic and nothing else; `link` leads to the page.
pub fn invitation_to_member(to: String, clinic: &str, link: &str) -> Mail {
    let clinic = one_line(clinic);
    Mail {
        to,
        subject: "Invitation to join a clinic".to_owned(),
        text: format!(
            "Hello,\n\n{clinic} has invited you to work with it. To accept or decline, open this page and sign in with \
             this address, or make an account for it:\n\n{link}\n\nIf you do not know {clinic}, you need do nothing.\n"
        ),
    }
}

/// To whoever signed up, and to nobody else's address: the one letter with a secret, the end of `link`, by which the address is
/// confirmed. It is of no use for anything else.
pub fn confirmation(to: String, link: &str) -> Mail {
    Mail {
        to,
        subject: "Confirm your e-mail address".to_owned(),
        text: format!(
            "Hello,\n\nsomebody has signed up with this address. If that was you, open this page to confirm that it is \
             yours:\n\n{link}\n\nIf it was not, there is nothing that you have to do.\n"
        ),
    }
}

/// A name that somebody chose, without what could pass for something else in a mail.
pub fn one_line(name: &str) -> String {
    name.chars().filter(|character| !character.is_control()).collect()
}

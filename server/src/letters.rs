//! What is written in mail, all of it. A letter says nothing about anybody's health, names no patient and carries no secret;
//! whatever it is about is behind a link and a sign-in.

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

/// A name that somebody chose, without what could pass for something else in a mail.
pub fn one_line(name: &str) -> String {
    name.chars().filter(|character| !character.is_control()).collect()
}

//! Objecting: what to, prefilled → name, grounds, wish → check → sent, with a receipt.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::Serialize;

use super::links::{answer, dead, frame, open_notice};
use super::words;
use crate::actions::Error as ActionError;
use crate::actions::objections;
use crate::actions::portal::Told;
use crate::domain::client_notice::ClientNoticeState;
use crate::domain::diff::long_date;
use crate::domain::objection::{Objection, ObjectionState, Words};
use crate::domain::text::FieldError;
use crate::keys::{BadLink, Purpose};
use crate::state::State;
use crate::web::auth::Knock;
use crate::web::error::Error;
use crate::web::form::Fields;
use crate::web::public::notice_page::title;
use crate::web::render::{Frame, Pages};

#[derive(Serialize)]
struct ObjectPage {
    frame: Frame,
    problems: Vec<FieldError>,
    here: String,
    client: String,
    number: String,
    title: String,
    sentence: String,
    window: String,
    form_asked: String,
    person: String,
    grounds: String,
    wish: String,
    person_problem: Option<String>,
    grounds_problem: Option<String>,
    wish_problem: Option<String>,
}

#[derive(Serialize)]
struct ReceiptPage {
    frame: Frame,
    here: String,
    client: String,
    number: String,
    objection: String,
    received: String,
    standing: &'static str,
    answer: String,
    merged: bool,
    in_effect: Option<String>,
    person: String,
    grounds: String,
    wish: String,
}

/// `GET /client/{token}/notices/{number}/object`
pub async fn page(
    path: Path<(String, String)>,
    state: Data<State>,
    pages: Data<Pages>,
) -> Result<HttpResponse, Error> {
    let (token, number) = path.into_inner();
    match open_notice(&state, &pages, &token, &number).await? {
        Ok((visitor, told)) => {
            let at = Place { token: &token, client: &visitor.client().name, told: &told };
            at.form(&state, &pages, &Words::default(), Vec::new())
        }
        Err(dead) => Ok(dead),
    }
}

/// `POST /client/{token}/notices/{number}/object`: shows what was written, then takes it.
pub async fn send(
    path: Path<(String, String)>,
    state: Data<State>,
    pages: Data<Pages>,
    Knock(fields): Knock,
) -> Result<HttpResponse, Error> {
    let (token, number) = path.into_inner();
    let (visitor, told) = match open_notice(&state, &pages, &token, &number).await? {
        Ok(opened) => opened,
        Err(dead) => return Ok(dead),
    };
    let at = Place { token: &token, client: &visitor.client().name, told: &told };
    let typed = typed(&fields);
    let tidied = match typed.clone().tidy() {
        Ok(tidied) => tidied,
        Err(problems) => return at.form(&state, &pages, &typed, problems),
    };
    match fields.get("step") {
        "send" => {}
        "edit" => return at.form(&state, &pages, &tidied, Vec::new()),
        _ => return at.check(&state, &pages, &tidied),
    }
    match objections::object(&state, &visitor, &number, tidied).await {
        Ok(made) => at.receipt(&pages, &made),
        Err(ActionError::Invalid(problems)) => at.form(&state, &pages, &typed, problems),
        Err(ActionError::NotFound(_)) => dead(&pages, BadLink::Tampered),
        Err(error) => Err(error.into()),
    }
}

fn typed(fields: &Fields) -> Words {
    let text = |name| fields.get(name).to_owned();
    Words { person: text("person"), grounds: text("grounds"), wish: text("wish") }
}

/// Which notice of which Client, behind which link.
struct Place<'a> {
    token: &'a str,
    client: &'a str,
    told: &'a Told,
}

impl Place<'_> {
    fn here(&self) -> String {
        format!("{}{}/notices/{}", Purpose::ClientNotice.path(), self.token, self.told.notice.number)
    }

    fn filled(&self, state: &State, pages: &Pages, heading: &str, words: &Words) -> ObjectPage {
        let Told { notice, one } = self.told;
        let document = notice.latest_for_clients();
        ObjectPage {
            frame: frame(pages, &format!("{heading} ({})", notice.number)),
            problems: Vec::new(),
            here: self.here(),
            client: self.client.to_owned(),
            number: notice.number.clone(),
            title: title(&document),
            sentence: document.sentence(),
            window: words::choice(one, state.clock.now(), document.in_use_since.is_some()),
            form_asked: one.rules.clause.clone(),
            person: words.person.clone(),
            grounds: words.grounds.clone(),
            wish: words.wish.clone(),
            person_problem: None,
            grounds_problem: None,
            wish_problem: None,
        }
    }

    fn form(
        &self,
        state: &State,
        pages: &Pages,
        words: &Words,
        problems: Vec<FieldError>,
    ) -> Result<HttpResponse, Error> {
        let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let of = |field: &str| problems.iter().find(|p| p.field == field).map(|p| p.problem.clone());
        let page = ObjectPage {
            person_problem: of("person"),
            grounds_problem: of("grounds"),
            wish_problem: of("wish"),
            problems: problems.clone(),
            ..self.filled(state, pages, "Object", words)
        };
        answer(pages, status, "client/object", &page)
    }

    fn check(&self, state: &State, pages: &Pages, words: &Words) -> Result<HttpResponse, Error> {
        let page = self.filled(state, pages, "Check your objection", words);
        answer(pages, StatusCode::OK, "client/check", &page)
    }

    fn receipt(&self, pages: &Pages, made: &Objection) -> Result<HttpResponse, Error> {
        let Told { notice, one } = self.told;
        let standing = match (made.state, made.in_time) {
            (ObjectionState::Inadmissible, _) => "It is kept, and answered below.",
            (_, true) => "It came in time.",
            (_, false) if one.rules.objection.is_none() => {
                "Your agreement opens no time to object to it. Your objection is kept and will be answered."
            }
            (_, false) => {
                "It came after your time to object. It is kept, marked as late, and will be answered."
            }
        };
        let in_effect =
            notice.in_force_on().filter(|_| one.state != ClientNoticeState::Withdrawn).map(|day| {
                format!(
                    "The change is in effect since {}. Your objection is kept and answered all the same.",
                    long_date(day)
                )
            });
        let page = ReceiptPage {
            frame: frame(pages, &format!("Objection {}", made.number)),
            here: self.here(),
            client: self.client.to_owned(),
            number: notice.number.clone(),
            objection: made.number.clone(),
            received: words::at(one, made.received_at),
            standing,
            answer: made.answer.clone(),
            merged: made.merged_into.is_some(),
            in_effect,
            person: made.person.clone(),
            grounds: made.grounds.clone(),
            wish: made.wish.clone(),
        };
        answer(pages, StatusCode::OK, "client/receipt", &page)
    }
}

//! `/webhooks`: what the receiver of a webhook has to know, with code that can be copied and a
//! test vector that is made by the very code that signs.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use serde::Serialize;

use crate::delivery::webhook::signature::{self, SIGNATURE, Secret};
use crate::web::encoded::Encoded;
use crate::web::error::Error;
use crate::web::public::schema_names;
use crate::web::render::{Frame, Pages, Section};

/// Of the test vector: no endpoint has it.
const SECRET: &str = "whsec_dGhlIHNlY3JldCBvZiB0aGUgdGVzdCB2ZWN0b3IuLi4=";
const ID: &str = "msg_01890a5d-ac96-774b-bcce-b302099a8057";
const SECOND: i64 = 1_767_225_600;
const BODY: &str = r#"{"type":"subscription.test","timestamp":"2026-01-01T00:00:00Z","data":{}}"#;

#[derive(Serialize)]
struct ReceiversPage {
    frame: Frame,
    vector: Vector,
    schemas: Vec<String>,
}

/// A message that every receiver must find genuine, but for its age.
#[derive(Serialize)]
struct Vector {
    secret: &'static str,
    id: &'static str,
    timestamp: i64,
    body: &'static str,
    signature: String,
}

fn vector() -> Result<Vector, Error> {
    let secret = Secret::parse(SECRET).map_err(Error::internal)?;
    let at = Timestamp::from_second(SECOND).map_err(Error::internal)?;
    let headers = signature::headers(ID, at, BODY.as_bytes(), &[secret]);
    let signature = headers.into_iter().find(|(name, _)| *name == SIGNATURE).map(|(_, value)| value);
    Ok(Vector {
        secret: SECRET,
        id: ID,
        timestamp: SECOND,
        body: BODY,
        signature: signature.unwrap_or_default(),
    })
}

/// `GET /webhooks`
pub async fn page(request: HttpRequest, pages: Data<Pages>) -> Result<HttpResponse, Error> {
    let page = ReceiversPage {
        frame: pages.frame("Receiving webhooks", Section::Subscribe, Some("/webhooks")),
        vector: vector()?,
        schemas: schema_names(),
    };
    Ok(Encoded::page(pages.render("public/webhooks", &page)?).respond(&request))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_vector_never_changes_and_the_official_library_accepts_it() {
        let vector = vector().unwrap();
        assert_eq!(vector.signature, "v1,CsBYknWIPpV0sDyI6dzO4BJHAQIU57luLMzuRK0Dk7I=");
        let official = standardwebhooks::Webhook::new(vector.secret).unwrap();
        let signed = official.sign(vector.id, vector.timestamp, vector.body.as_bytes()).unwrap();
        assert_eq!(signed, vector.signature);
    }
}

//! A published list sent as a file: shown, or made into a draft. Never publishes.

use actix_web::HttpResponse;
use actix_web::web::Query;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::List;
use super::caller::Caller;
use super::view;
use crate::actions::import_list::{self, Options, Preview};
use crate::web::Error;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportQuery {
    product: Option<String>,
    #[serde(default)]
    dry_run: bool,
}

fn shown(preview: &Preview, change: Value) -> Value {
    json!({
        "baseline": preview.baseline,
        "items": preview.items,
        "doubts": preview.doubts,
        "missing_columns": preview.missing_columns,
        "change": change,
    })
}

pub(super) async fn import(
    caller: Caller,
    query: Query<ImportQuery>,
    list: List,
) -> Result<HttpResponse, Error> {
    let options = Options { product: query.product.clone() };
    let (state, by, List(bytes)) = (&caller.state, &caller.by, list);
    if query.dry_run {
        let preview = import_list::preview(state, by, bytes, options).await?;
        return Ok(HttpResponse::Ok().json(shown(&preview, Value::Null)));
    }
    let done = import_list::import(state, by, bytes, options).await?;
    let mut answer = HttpResponse::Ok();
    if let Some(change) = &done.change {
        answer = HttpResponse::Created();
        answer.insert_header(("location", format!("/api/v1/changes/{}", change.id)));
    }
    let change = done.change.as_ref().map_or(Value::Null, view::head);
    Ok(answer.json(shown(&done.preview, change)))
}

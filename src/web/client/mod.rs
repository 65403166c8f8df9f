//! A Client's own pages, behind mailed links: its notice with its own dates, acknowledging,
//! objecting. Nobody logs in, and reading changes nothing: scanners follow every link in a mail,
//! so each leads to a page with a button.

mod ask;
mod calendar;
mod home;
mod links;
mod notice;
mod object;
mod own_list;
mod successor;
mod words;

use actix_web::web::{ServiceConfig, get, head, post, resource};

/// The routes of this area.
pub fn routes(cfg: &mut ServiceConfig) {
    macro_rules! page {
        ($path:literal, $show:path $(, $act:path)?) => {
            cfg.service(
                resource($path).route(get().to($show)).route(head().to($show))$(.route(post().to($act)))?,
            )
        };
    }
    page!("/client/{token}", home::page);
    page!("/client/{token}/notices/{number}", notice::page);
    page!("/client/{token}/notices/{number}/acknowledge", notice::page, notice::acknowledge);
    page!("/client/{token}/notices/{number}/object", object::page, object::send);
    page!("/client/{token}/notices/{number}/deadline.ics", calendar::file);
    page!("/contacts/confirm/{token}", successor::page, successor::agree);
    cfg.route("/client/{token}/notices/{number}/link", post().to(ask::page_link))
        .route("/client/{token}/dpa", post().to(ask::dpa))
        .route("/client/{token}/contacts/{contact}/successor", post().to(successor::name));
}

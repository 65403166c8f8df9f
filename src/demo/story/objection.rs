//! One Client has objected, by the link in its notice.

use std::time::Duration;

use crate::actions::{objections, portal};
use crate::db::{self, Conn};
use crate::demo::Error;
use crate::domain::id::Id;
use crate::domain::objection::Words;
use crate::keys::Purpose;
use crate::state::State;

/// Who objects: its agreement lets an objection block.
const CLIENT: &str = "Clinique du Lac";
/// How often it is looked whether its notice has left.
const LOOKS: u32 = 100;

/// Objects as soon as the notice has left. A slow machine's demo does without.
///
/// # Errors
/// The database failed, or the objection is refused.
pub(super) async fn object(state: &State) -> Result<(), Error> {
    for _ in 0..LOOKS {
        if let Some((delivery, epoch, number)) = state.db.read(told).await? {
            let token = state.keys.epoch_link(Purpose::ClientNotice, delivery, epoch, None);
            let Ok(visitor) = portal::open(state, &token).await? else { return Ok(()) };
            let words = Words {
                person: "Dr. Amélie Blanc".to_owned(),
                grounds: "Patients’ page views would reach a company we do not know.".to_owned(),
                wish: "Leave our accounts out of it.".to_owned(),
            };
            objections::object(state, &visitor, &number, words).await?;
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// The delivery of the Client's newest notice whose clock runs.
fn told(conn: &mut Conn) -> Result<Option<(Id, i64, String)>, db::Error> {
    let found = db::client::page(conn, CLIENT, "", 1)?;
    let Some(client) = found.first() else { return Ok(None) };
    let owed = db::client_notice::of_client(conn, client.id)?;
    let Some(one) = owed.into_iter().find(|one| one.clocks.objection_until.is_some()) else {
        return Ok(None);
    };
    let Some(notice) = db::notice::get(conn, one.notice_id)? else { return Ok(None) };
    let wanted = db::outbox::Wanted { notice_id: Some(notice.id), ..Default::default() };
    let sent = db::outbox::list(conn, &wanted, 100)?;
    let ours = sent.iter().find(|listed| listed.delivery.client_notice_id == Some(one.id));
    Ok(ours.map(|listed| (listed.delivery.id, client.link_epoch, notice.number)))
}

//! The rules, and nothing else: no database, no network, no clock, no framework.
//!
//! Read this folder alone to learn what the product promises. Every function is pure; the time
//! and today's date are arguments. The words are those of the data-protection world: Client,
//! sub-processor, notice, effective date.

pub mod access;
pub mod acknowledgement;
pub mod agreement;
pub mod audit;
pub mod block;
pub mod calendar;
pub mod canonical;
pub mod case;
pub mod change;
pub mod classify;
pub mod client;
pub mod client_notice;
pub mod contacts;
pub mod correction;
pub mod country;
pub mod deadline;
pub mod delivery;
pub mod diff;
pub mod doubt;
pub mod email;
pub mod engagement;
pub mod entry;
pub mod evidence;
pub mod gate;
pub mod hold_out;
pub mod id;
pub mod in_force;
pub mod in_the_way;
pub mod list_document;
pub mod notice;
pub mod objection;
mod overrides;
pub mod owed;
pub mod period;
pub mod place;
pub mod planner;
pub mod record;
pub mod slug;
pub mod staff;
pub mod standard;
pub mod subscription;
pub mod terms;
pub mod text;
pub mod three_people;
pub mod tidy;
pub mod vendor;
pub mod vetting;
pub mod words;

//! Clients in the console: who they are, whom they want told, what they agreed, what is withheld
//! from them; and the DPA versions they sign. A company that enters none is asked for none.

pub mod agreement;
pub mod consent;
pub mod contact;
pub mod dpa_form;
mod dpa_values;
pub mod dpas;
pub mod form;
pub mod hold_out;
pub mod import;
pub mod in_the_way;
pub mod list;
pub mod page;
mod page_view;
pub mod sheet;
pub mod subscribed;
mod words;

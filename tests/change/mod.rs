//! A change from draft to effect: who may, what is published, who is owed news, and what
//! happens when things move meanwhile.

mod afterwards;
mod announce;
mod approval;
mod audit;
mod conflict;
mod correct;
mod due;
mod editorial;
mod guard;
mod mixed;
mod records;
mod replacement;
mod stage;
mod three_people;
mod told;
mod vendor;
mod withheld;

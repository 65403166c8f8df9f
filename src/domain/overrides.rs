//! What one Client negotiated differently, made fit to be stored.

use super::terms::{Overrides, Terms};
use super::text::{FieldError, NAME_LIMIT, line};

impl Overrides {
    /// The overrides as typed, beside the `terms` they change.
    ///
    /// # Errors
    /// Every field that is wrong, also what is only wrong together with the DPA version.
    pub fn tidy(mut self, terms: &Terms) -> Result<Self, Vec<FieldError>> {
        if let Some(clause) = &self.clause {
            match line("clause", clause, NAME_LIMIT) {
                Ok(clause) => self.clause = Some(clause).filter(|clause| !clause.is_empty()),
                Err(problem) => return Err(vec![problem]),
            }
        }
        self.apply(terms).tidy().map(|_| ()).map_err(|problems| {
            let mut own: Vec<FieldError> = Vec::new();
            for problem in problems {
                let field = match problem.field.as_str() {
                    field if field.starts_with("rules.") => "period.days",
                    "objection.days" => "objection_period.days",
                    field => field,
                };
                // One period overrides every row, and is wrong once.
                if !own.iter().any(|known| known.field == field) {
                    own.push(FieldError::new(field, problem.problem));
                }
            }
            own
        })?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::period::Period;
    use crate::domain::terms::{Authorisation, Silence};

    #[test]
    fn an_override_is_judged_together_with_what_it_changes() {
        let terms = Terms::simple(Authorisation::General, 30, 30, Silence::Accepts);
        let specific = Overrides { authorisation: Some(Authorisation::Specific), ..Overrides::default() };
        assert_eq!(specific.clone().tidy(&terms).unwrap_err()[0].field, "silence");
        let both = Overrides { silence: Some(Silence::Refuses), ..specific };
        assert!(both.tidy(&terms).is_ok());
        let long = Overrides { period: Some(Period::calendar(2_000)), ..Overrides::default() };
        assert_eq!(long.tidy(&terms).unwrap_err()[0].field, "period.days");
        let blank = Overrides { clause: Some("  ".into()), ..Overrides::default() };
        assert!(blank.tidy(&terms).unwrap().is_empty());
    }
}

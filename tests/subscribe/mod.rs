//! Asking to be told: opt-in, preferences, unsubscribing, webhooks.

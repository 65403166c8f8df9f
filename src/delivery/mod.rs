//! Telling every Client: the outbox worked off, nothing held while sending.

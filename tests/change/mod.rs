//! A change from draft to effect.

//! A self-hosted registry of sub-processors.
pub mod actions;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod delivery;
pub mod domain;
pub mod exchange;
pub mod jobs;
pub mod keys;
pub mod limits;
pub mod metrics;
pub mod state;
pub mod templates;
pub mod web;

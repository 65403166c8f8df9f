//! Commands, configuration, health and figures.

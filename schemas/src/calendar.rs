//! Exchange calendars.

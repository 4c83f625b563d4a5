//! The types of the answers, for the description of the API.

pub(crate) use super::{
    calendar::Due,
    exchanges::Sessions,
    health::{Component, SectionHealth},
    overview::Overview,
    provenance::Provenance,
    scan::Detail,
    scans::Scans,
    series::Series,
    timeline::Timeline,
    universes::Universes,
};

//! How many streams may be open, in all and from one address.

use std::{
    collections::HashMap,
    fmt,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Counts the streams that are open.
#[derive(Debug)]
pub(crate) struct Seats {
    total: usize,
    per_address: usize,
    taken: AtomicUsize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// Why there is no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    Everywhere(usize),
    ForAddress(usize),
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everywhere(limit) => write!(f, "all {limit} streams of this gateway are taken"),
            Self::ForAddress(limit) => write!(f, "all {limit} streams one address may have are taken"),
        }
    }
}

/// One open stream; free again when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Arc<Seats>,
    address: IpAddr,
}

impl Seats {
    pub(crate) fn new(total: usize, per_address: usize) -> Arc<Self> {
        Arc::new(Self { total, per_address, taken: AtomicUsize::new(0), by_address: Mutex::default() })
    }

    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Result<Seat, Full> {
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if self.taken() >= self.total {
            return Err(Full::Everywhere(self.total));
        }
        let here = by_address.entry(address).or_default();
        if *here >= self.per_address {
            return Err(Full::ForAddress(self.per_address));
        }
        *here += 1;
        self.taken.fetch_add(1, Ordering::Relaxed);
        self.show();
        Ok(Seat { seats: self.clone(), address })
    }

    fn show(&self) {
        metrics::gauge!("bellwether_gateway_streams").set(self.taken() as f64);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut by_address = self.seats.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        // An address without streams is forgotten, or every address ever seen would stay.
        if let Some(here) = by_address.get_mut(&self.address) {
            *here -= 1;
            if *here == 0 {
                by_address.remove(&self.address);
            }
        }
        self.seats.taken.fetch_sub(1, Ordering::Relaxed);
        self.seats.show();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn seats_are_limited_by_address_and_in_all_and_come_back() {
        let seats = Seats::new(3, 2);
        let mut held = vec![seats.take(at(1)).unwrap(), seats.take(at(1)).unwrap()];
        assert_eq!(seats.take(at(1)).unwrap_err(), Full::ForAddress(2));
        held.push(seats.take(at(2)).unwrap());
        assert_eq!(seats.take(at(3)).unwrap_err(), Full::Everywhere(3));
        held.clear();
        assert_eq!((seats.taken(), seats.by_address.lock().unwrap().len()), (0, 0));
        assert!(seats.take(at(1)).is_ok());
    }
}

use serde::{Deserialize, Serialize};

/// The last 10 values, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Window<T>(Vec<T>);

/// How many values it holds.
pub(crate) const LENGTH: usize = 10;

impl<T> Default for Window<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy> Window<T> {
    pub(crate) fn with(&self, value: T) -> Self {
        let oldest = (self.0.len() + 1).saturating_sub(LENGTH);
        Self(self.0.iter().skip(oldest).copied().chain([value]).collect())
    }

    /// The values, once there are 10; `what` they are, for the reason.
    pub(crate) fn full(&self, what: &str) -> Result<&[T], String> {
        if self.0.len() < LENGTH {
            return Err(format!("{} of {LENGTH} {what}", self.0.len()));
        }
        Ok(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ten_are_kept() {
        let window = (1..=9).fold(Window::default(), |window, i| window.with(i));
        assert_eq!(window.full("sessions"), Err("9 of 10 sessions".to_owned()));
        assert_eq!(window.with(10).with(11).full("sessions"), Ok(&[2, 3, 4, 5, 6, 7, 8, 9, 10, 11][..]));
    }
}

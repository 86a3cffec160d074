//! Receipt handles.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::SqsError;

/// Proof of one receive of one message. Every receive makes a new one, and only the latest counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) row: i64,
    pub(super) token: Uuid,
}

impl Receipt {
    pub(super) fn new(row: i64) -> Self {
        Self { row, token: Uuid::new_v4() }
    }

    /// The handle that callers get.
    pub(super) fn handle(&self, queue: &str) -> String {
        URL_SAFE_NO_PAD.encode(format!("{queue}/{}/{}", self.row, self.token))
    }

    /// Reads a handle of `queue`.
    pub(super) fn parse(queue: &str, handle: &str) -> Result<Self, SqsError> {
        let read = || {
            let text = String::from_utf8(URL_SAFE_NO_PAD.decode(handle).ok()?).ok()?;
            let (row, token) = text.strip_prefix(queue)?.strip_prefix('/')?.split_once('/')?;
            Some(Self { row: row.parse().ok()?, token: token.parse().ok()? })
        };
        read().ok_or(SqsError::ReceiptHandleIsInvalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_read_back_by_its_own_queue_only() {
        let receipt = Receipt::new(7);
        let handle = receipt.handle("transfers");
        assert_eq!(Receipt::parse("transfers", &handle).unwrap(), receipt);
        for (queue, handle) in [("transfer", handle.as_str()), ("transfers", "not a handle"), ("transfers", "")] {
            assert!(matches!(Receipt::parse(queue, handle), Err(SqsError::ReceiptHandleIsInvalid)));
        }
    }
}

//! Subjects of the broker's own API; NATS fixes these names. They come after a prefix.

/// Prefix of the API in the account that holds a stream.
pub const PREFIX: &str = "$JS.API";
/// Prefix under which a service of a secured broker reaches the API of the accounts whose streams it may use. Under
/// the usual one its own account would answer, which holds no stream.
pub const IMPORTED: &str = "bw.js";
/// How a service answers who it is.
pub const SERVICES: &str = "$SRV.>";
/// Where requests are answered.
pub const INBOXES: &str = "_INBOX.>";

/// Every stream of an account.
pub const STREAM_LIST: &str = "STREAM.LIST";

/// How a stream is.
pub fn stream_info(stream: &str) -> String {
    format!("STREAM.INFO.{stream}")
}

/// Makes a stream.
pub fn stream_create(stream: &str) -> String {
    format!("STREAM.CREATE.{stream}")
}

/// A message, from the leader.
pub fn message_get(stream: &str) -> String {
    format!("STREAM.MSG.GET.{stream}")
}

/// A message, from any replica, asked for in the body.
pub fn direct_get(stream: &str) -> String {
    format!("DIRECT.GET.{stream}")
}

/// The last message of one of `subjects`, from any replica.
pub fn direct_get_last(stream: &str, subjects: &str) -> String {
    format!("DIRECT.GET.{stream}.{subjects}")
}

/// Makes a reader of `subjects`, of any name.
pub fn consumer_create(stream: &str, subjects: &str) -> String {
    format!("CONSUMER.CREATE.{stream}.*.{subjects}")
}

/// Makes a reader of the whole stream, of any name.
pub fn consumer_create_whole(stream: &str) -> String {
    format!("CONSUMER.CREATE.{stream}.*")
}

/// Ends a reader.
pub fn consumer_delete(stream: &str) -> String {
    format!("CONSUMER.DELETE.{stream}.*")
}

/// Where a reader says that it has read what it was sent; stands without a prefix.
pub fn flow_control(stream: &str) -> String {
    format!("$JS.FC.{stream}.>")
}

//! The gateway: the newest result of every worker, over REST and server-sent events.

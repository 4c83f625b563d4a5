//! The router as hyper calls it, and the way out for streams.

use super::{Peer, Takeover, progress::Progress};
use crate::sse::Newcomer;
use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    http::{Request, Response, response},
};
use futures::{FutureExt, future::BoxFuture};
use hyper::{
    body::{Frame, Incoming, SizeHint},
    service::Service,
};
use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};
use tower::ServiceExt;

/// Where the service leaves the client whose connection is to become a stream.
#[derive(Debug, Clone, Default)]
pub(super) struct Handover(Arc<Mutex<Option<(response::Parts, Newcomer)>>>);

impl Handover {
    pub(super) fn take(&self) -> Option<(response::Parts, Newcomer)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn leave(&self, head: response::Parts, newcomer: Newcomer) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((head, newcomer));
    }
}

/// Answers the requests of one connection.
pub(super) struct Requests {
    router: Router,
    peer: Peer,
    progress: Arc<Progress>,
    handover: Handover,
}

impl Requests {
    pub(super) fn new(router: Router, peer: Peer, progress: Arc<Progress>, handover: Handover) -> Self {
        Self { router, peer, progress, handover }
    }
}

impl Service<Request<Incoming>> for Requests {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Answer>, Infallible>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        self.progress.request();
        request.extensions_mut().insert(self.peer);
        let (router, progress, handover) = (self.router.clone(), self.progress.clone(), self.handover.clone());
        async move {
            let Ok(mut response) = router.oneshot(request.map(Body::new)).await;
            let takeover = response.extensions_mut().remove::<Takeover>();
            let newcomer = takeover.and_then(|Takeover(slot)| slot.lock().ok()?.take());
            if let Some(newcomer) = newcomer {
                handover.leave(response.into_parts().0, newcomer);
                // The connection is taken from under hyper; it must not answer.
                return std::future::pending().await;
            }
            Ok(response.map(|body| Answer { body, progress }))
        }
        .boxed()
    }
}

/// The body of an answer; dropped when all of it is on its way.
pub(super) struct Answer {
    body: Body,
    progress: Arc<Progress>,
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.progress.answered();
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

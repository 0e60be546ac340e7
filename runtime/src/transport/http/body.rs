//! Bodies: a request's, read whole within limits; a reply's, a text or the lines of a session.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::StatusCode;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::serve::Held;

/// How long a caller may leave its request unfinished.
const SILENCE: Duration = Duration::from_secs(30);

/// Reads a body. One that is too long is read a good way on, so that its caller gets to read the reply.
///
/// # Errors
/// Status and text of the reply.
pub(super) async fn whole(
    mut body: Incoming,
    longest: usize,
    held: &mut Held,
) -> Result<Vec<u8>, (StatusCode, String)> {
    let too_long = || (StatusCode::PAYLOAD_TOO_LARGE, format!("this request is longer than {} MiB", longest >> 20));
    let too_busy = || (StatusCode::SERVICE_UNAVAILABLE, "the plugin has too much to do; try again later".to_owned());
    let announced = body.size_hint().exact().unwrap_or_default();
    if announced > longest as u64 {
        return Err(too_long());
    }
    let mut whole = Vec::new();
    let mut read = 0;
    loop {
        let frame = timeout(SILENCE, poll_fn(|context| Pin::new(&mut body).poll_frame(context))).await;
        match frame {
            Ok(None) if read > longest => return Err(too_long()),
            Ok(None) => return Ok(whole),
            Ok(Some(Ok(frame))) => {
                let Ok(data) = frame.into_data() else { continue };
                read += data.len();
                if read > longest {
                    whole = Vec::new();
                    if read > 2 * longest {
                        return Err(too_long());
                    }
                } else if held.grow(data.len()) {
                    whole.extend_from_slice(&data);
                } else {
                    return Err(too_busy());
                }
            }
            Ok(Some(Err(_))) => return Err((StatusCode::BAD_REQUEST, "this request broke off".to_owned())),
            Err(_) => {
                let problem = format!("nothing more of this request came within {} s", SILENCE.as_secs());
                return Err((StatusCode::REQUEST_TIMEOUT, problem));
            }
        }
    }
}

/// What is sent back.
pub(super) enum Reply {
    /// A text of known length; empty once it is sent.
    Text(Bytes),
    /// Lines until the sender is dropped.
    Lines(mpsc::Receiver<Bytes>),
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Reply::Text(text) if text.is_empty() => Poll::Ready(None),
            Reply::Text(text) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(text))))),
            Reply::Lines(lines) => lines.poll_recv(context).map(|lines| lines.map(|lines| Ok(Frame::data(lines)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Reply::Text(text) if text.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Reply::Text(text) => SizeHint::with_exact(text.len() as u64),
            Reply::Lines(_) => SizeHint::new(),
        }
    }
}

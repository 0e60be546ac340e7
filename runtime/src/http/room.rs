//! Memory for large replies, used again while they keep coming. The allocator gives pages back as soon as they are free, and
//! to get them anew takes a quarter of the time of an embedding.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};

/// Bytes of the smallest reply that is worth it, and of the largest for which memory is kept.
const LEAST: usize = 128 << 10;
const MOST: usize = 2 << 20;
/// How many are kept.
const SPARE: usize = 4;
/// For how long, at most: a reply that comes later gets memory of its own.
const KEPT: Duration = Duration::from_secs(1);

/// Memory that was read into before.
#[derive(Clone, Default)]
pub(crate) struct Rooms(Arc<Mutex<Spare>>);

#[derive(Default)]
struct Spare {
    rooms: Vec<BytesMut>,
    /// Whether somebody waits to free them.
    watched: bool,
}

impl Rooms {
    /// Makes room for a body of so many bytes. It may become longer.
    pub fn reserve(&self, body: &mut BytesMut, bytes: usize) {
        if bytes < LEAST || body.capacity() >= LEAST {
            return body.reserve(bytes.saturating_sub(body.len()));
        }
        let mut room = self.take(bytes);
        room.extend_from_slice(body);
        *body = room;
    }

    fn take(&self, bytes: usize) -> BytesMut {
        let rooms = &mut self.lock().rooms;
        // One of which somebody still holds a part is taken only if there is enough behind that.
        match rooms.iter_mut().position(|room| room.try_reclaim(bytes)) {
            Some(place) => rooms.swap_remove(place),
            None => BytesMut::with_capacity(bytes),
        }
    }

    /// The whole body. Its room is kept for others.
    pub fn finish(&self, mut body: BytesMut) -> Bytes {
        if !(LEAST..=MOST).contains(&body.capacity()) {
            return body.freeze();
        }
        let mut spare = self.lock();
        if spare.rooms.len() >= SPARE {
            return body.freeze();
        }
        if !std::mem::replace(&mut spare.watched, true) {
            let all = self.clone();
            tokio::spawn(async move {
                tokio::time::sleep(KEPT).await;
                *all.lock() = Spare::default();
            });
        }
        let read = body.split().freeze();
        spare.rooms.push(body);
        read
    }

    fn lock(&self) -> MutexGuard<'_, Spare> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    fn read(rooms: &Rooms, bytes: usize) -> Bytes {
        let mut body = BytesMut::new();
        // Most of it is announced when the beginning has come.
        for bytes in [bytes / 9, bytes] {
            rooms.reserve(&mut body, bytes);
            body.resize(bytes, b'x');
        }
        rooms.finish(body)
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_holds_is_read_into_again() {
        let rooms = Rooms::default();
        let (first, second) = (read(&rooms, LEAST), read(&rooms, LEAST));
        assert_ne!(first.as_ptr(), second.as_ptr());
        assert_eq!(first, vec![b'x'; LEAST]);
        let place = first.as_ptr();
        drop(first);
        assert_eq!(read(&rooms, LEAST).as_ptr(), place);
        assert_eq!(read(&rooms, LEAST).as_ptr(), place);
        assert_eq!(read(&rooms, LEAST + 1).len(), LEAST + 1);
        assert_eq!(second, vec![b'x'; LEAST]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_later_all_is_free_and_then_it_begins_again() {
        let rooms = Rooms::default();
        for _ in 0..3 {
            let half = KEPT / 2 + Duration::from_millis(1);
            for kept in [1, 1, 0] {
                if kept > 0 {
                    read(&rooms, LEAST);
                }
                assert_eq!(rooms.lock().rooms.len(), kept);
                sleep(half).await;
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_much_is_kept() {
        let rooms = Rooms::default();
        for bytes in [0, 1, LEAST - 1, MOST + 1] {
            assert_eq!(read(&rooms, bytes).len(), bytes);
        }
        assert!(rooms.lock().rooms.is_empty());
        let held: Vec<Bytes> = (0..=SPARE).map(|_| read(&rooms, MOST)).collect();
        assert_eq!((held.len(), rooms.lock().rooms.len()), (SPARE + 1, SPARE));
    }
}

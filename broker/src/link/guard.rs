// SPDX-License-Identifier: GPL-3.0-or-later
//! A connection whose incoming bytes go through the [`Filter`].

use super::filter::Filter;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};

/// How much is read at once.
const PIECE: usize = 8 * 1024;

/// Reads are filtered, writes pass as they are.
pub struct Guard<S> {
    inner: S,
    filter: Filter,
    raw: Box<[u8]>,
    /// What was let through and not yet consumed begins at `taken`.
    passed: Vec<u8>,
    taken: usize,
}

impl<S> Guard<S> {
    /// Guards a connection at the beginning of a stream.
    pub fn new(inner: S) -> Self {
        Guard {
            inner,
            filter: Filter::new(),
            raw: vec![0; PIECE].into_boxed_slice(),
            passed: Vec::with_capacity(PIECE),
            taken: 0,
        }
    }

    /// The connection itself. What was read ahead is dropped: before TLS nobody may have sent anything yet.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S: AsyncRead + Unpin> AsyncBufRead for Guard<S> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        while this.taken >= this.passed.len() {
            this.passed.clear();
            this.taken = 0;
            let mut buffer = ReadBuf::new(&mut this.raw);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut buffer))?;
            if buffer.filled().is_empty() {
                break;
            }
            this.filter.feed(buffer.filled(), &mut this.passed);
        }
        Poll::Ready(Ok(this.passed.get(this.taken..).unwrap_or_default()))
    }

    fn consume(self: Pin<&mut Self>, amount: usize) {
        self.get_mut().taken += amount;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let bytes = ready!(self.as_mut().poll_fill_buf(cx))?;
        let amount = bytes.len().min(buffer.remaining());
        buffer.put_slice(bytes.get(..amount).unwrap_or_default());
        self.consume(amount);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn reads_are_filtered_and_the_end_is_the_end() {
        let (ours, mut theirs) = tokio::io::duplex(64);
        let mut guard = Guard::new(ours);
        let sent = format!("<s><message>{}{}</message>", "<x>".repeat(100), "</x>".repeat(100));
        let write = async {
            theirs.write_all(sent.as_bytes()).await.unwrap();
            drop(theirs);
        };
        let mut got = String::new();
        let (_, read) = tokio::join!(write, guard.read_to_string(&mut got));
        read.unwrap();
        assert_eq!(got.matches("<x>").count(), super::super::filter::MAX_DEPTH - 2);
        assert!(got.ends_with("</message>"));
    }
}

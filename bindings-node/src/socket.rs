//! Sockets that leave nothing behind: whatever ends them resets them, also a process that is killed.
#![allow(unsafe_code, reason = "napi's attributes expand to it")]

use crate::guard::guard;
use alipay_core::{Error, ErrorCode};
use napi_derive::napi;
use socket2::{Domain, Socket, Type};
use std::{os::fd::IntoRawFd, time::Duration};

/// A TCP socket, not connected yet, for the one who asks to own. When it is closed by anybody, the kernel resets the connection and
/// forgets what was not acknowledged (`SO_LINGER` of zero); on Linux and Android also if so many milliseconds pass
/// without an acknowledgement (`TCP_USER_TIMEOUT`), though the process is frozen.
#[napi]
pub fn open_socket(v6: bool, unacknowledged_ms: u32) -> napi::Result<i32> {
    guard(|| socket(v6, unacknowledged_ms).map_err(|_| Error::from(ErrorCode::NotSent)))
}

fn socket(v6: bool, unacknowledged_ms: u32) -> std::io::Result<i32> {
    let domain = if v6 { Domain::IPV6 } else { Domain::IPV4 };
    let socket = Socket::new(domain, Type::STREAM, None)?;
    socket.set_linger(Some(Duration::ZERO))?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_user_timeout(Some(Duration::from_millis(unacknowledged_ms.into())))?;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = unacknowledged_ms;
    Ok(socket.into_raw_fd())
}

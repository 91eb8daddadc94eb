//! The binary: configuration from the environment, a socket, and an orderly end; or one change to who administers the platform.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use tidelock_server::administrators::Command;
use tidelock_server::{App, Config, StartError};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let filter = EnvFilter::try_from_env("TIDELOCK_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.split_first() {
        None => serve().await,
        Some((noun, rest)) => match Command::parse(rest).filter(|_| noun == "administrator") {
            Some(command) => administrate(&command).await,
            None => {
                tracing::error!(
                    "usage: tidelock-server [administrator add EMAIL | administrator remove EMAIL | administrator list]"
                );
                return std::process::ExitCode::from(2);
            }
        },
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "cannot run");
            std::process::ExitCode::FAILURE
        }
    }
}

/// Changes or prints the list of administrators, beside a server that runs or without one.
async fn administrate(command: &Command) -> Result<(), StartError> {
    let app = App::open(Config::from_environment("http://127.0.0.1")?).await?;
    let lines = app.administrate(command).await?;
    app.close().await;
    let mut stdout = std::io::stdout();
    for line in lines {
        writeln!(stdout, "{line}")?;
    }
    Ok(())
}

async fn serve() -> Result<(), StartError> {
    let port = match std::env::var("PORT") {
        Ok(port) if !port.trim().is_empty() => port
            .trim()
            .parse::<u16>()
            .map_err(|_| StartError::Configuration { variable: "PORT", expected: "a number from 0 to 65535" })?,
        _ => 8787,
    };
    let host = match std::env::var("TIDELOCK_HOST") {
        Ok(host) if !host.trim().is_empty() => host
            .trim()
            .parse::<std::net::IpAddr>()
            .map_err(|_| StartError::Configuration { variable: "TIDELOCK_HOST", expected: "an IP address" })?,
        _ => Ipv4Addr::LOCALHOST.into(),
    };
    let listener = tokio::net::TcpListener::bind(SocketAddr::new(host, port)).await?;
    let origin = format!("http://127.0.0.1:{}", listener.local_addr()?.port());
    let app = App::open(Config::from_environment(&origin)?).await?;
    let service = tidelock_server::service(app.clone()).into_make_service_with_connect_info::<SocketAddr>();

    // Before anybody is told that the server is there: a signal that nobody waits for ends a process at once.
    let told_to_stop = told_to_stop()?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "ready: {origin}")?;
    stdout.flush()?;

    let stopping = {
        let app = app.clone();
        async move {
            told_to_stop.await;
            app.stop_listening();
        }
    };
    axum::serve(listener, service).with_graceful_shutdown(stopping).await?;
    app.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Listens for the signals that end a server from now on, and waits for one of them.
#[cfg(unix)]
fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Waits for the console's interrupt.
#[cfg(not(unix))]
fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

//! The composition root: the only place that knows every module. It builds them from the configuration, starts the loops,
//! and ends them in order.

mod build;
mod chats;
pub mod demo;
mod desk_thread;
pub mod doctor;
mod leases;
pub mod letters;
mod memory;
pub mod policy;
pub mod report;
mod staff;
mod suggest;
pub mod templates;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::config::{Config, Secrets};
use crate::delivery::Delivery;
use crate::desk::Ids;
use crate::intake::{Intake, Letterbox};
use crate::metrics::Metrics;
use crate::port::{Inbox, Translate};
use crate::scheduler::Scheduler;
use crate::store::{Store, lane};
use crate::web::Web;
use chats::{Chats, Listening};
use desk_thread::DeskThread;
use templates::Templates;

pub use chats::check;
pub use staff::who_is_forgotten as forgotten;

/// A running Baton.
pub struct App {
    /// Where its web server listens.
    pub address: SocketAddr,
    /// Its database.
    pub store: Store,
    /// Its numbers.
    pub metrics: Metrics,
    chats: Chats,
    stop: watch::Sender<bool>,
    stop_web: watch::Sender<bool>,
    listening: Listening,
    loops: Vec<JoinHandle<()>>,
    web: JoinHandle<()>,
    letterbox: JoinHandle<()>,
    _desk_thread: DeskThread,
    grace: Duration,
}

impl App {
    /// Opens the database, brings its tables to this version, and starts every loop.
    ///
    /// # Errors
    /// When the database, the address, or a setting cannot be used.
    pub async fn start(config: &Config, secrets: &Secrets, clock: Clock) -> anyhow::Result<Self> {
        let store = Store::open(&config.database.url).await?;
        store.migrate().await?;
        staff::nobody_is_forgotten(config, &store).await?;
        std::fs::create_dir_all(&config.media.dir)
            .with_context(|| format!("the folder for files {} cannot be made", config.media.dir.display()))?;
        let whatsapp = Arc::new(build::whatsapp(config, secrets)?);
        let chats = Chats::new(config, secrets)?;
        let metrics = Metrics::new();
        let (stop, stopped) = watch::channel(false);
        let (stop_web, web_stopped) = watch::channel(false);
        let (intake_wake, delivery_wake) = (Arc::new(Notify::new()), Arc::new(Notify::new()));

        let desk_thread = DeskThread::start().context("the desk's thread did not start")?;
        let desk = desk_thread.handle();
        let (letterbox, emptying) = Letterbox::new(store.clone(), clock.clone(), metrics.clone(), intake_wake.clone());
        let letterbox_task = desk.spawn(emptying);
        let inbox: Arc<dyn Inbox> = Arc::new(letterbox);
        inbox.put(vec![staff::configured(clock.now())]).await?;
        let settings = Arc::new(build::delivery(config, secrets));
        if store.is_alone() {
            let mut tx = store.begin().await?;
            lane::free_leases(&mut tx).await?;
            tx.commit().await?;
        }

        let mut translators = Chats::translators();
        translators.push(("whatsapp", whatsapp.clone() as Arc<dyn Translate>));
        let intake = Intake {
            store: store.clone(),
            policy: Arc::new(policy::policy(config)?),
            translators: translators.into_iter().collect(),
            ids: Ids::new(rand::random()),
            clock: clock.clone(),
            metrics: metrics.clone(),
            wake: intake_wake.clone(),
            delivery: delivery_wake.clone(),
        };
        let delivery = Delivery {
            store: store.clone(),
            settings: settings.clone(),
            whatsapp: whatsapp.clone(),
            workspaces: chats.workspaces(),
            clock: clock.clone(),
            metrics: metrics.clone(),
            wake: delivery_wake,
            performers: tokio::runtime::Handle::current(),
            intake: intake_wake.clone(),
        };
        let scheduler = Scheduler {
            store: store.clone(),
            clock: clock.clone(),
            metrics: metrics.clone(),
            intake: intake_wake.clone(),
            planned: build::planned(config)?,
        };
        let templates = Templates {
            whatsapp: whatsapp.clone(),
            inbox: inbox.clone(),
            clock: clock.clone(),
            pace: templates::Pace::default(),
        };
        let grace = Duration::from_secs(config.server.grace_seconds);
        let loops = vec![
            desk.spawn(intake.run(stopped.clone())),
            desk.spawn(delivery.run(stopped.clone(), grace)),
            desk.spawn(scheduler.clone().keep_time(stopped.clone())),
            desk.spawn(scheduler.run(stopped.clone())),
            desk.spawn(index_older(store.clone(), stopped.clone())),
            tokio::spawn(templates.run(stopped.clone())),
            tokio::spawn(chats.clone().watch(metrics.clone(), stopped.clone())),
        ];

        let health = chats::health(chats.clone(), metrics.clone());
        let web = Web {
            webhook: whatsapp,
            pushed: chats.pushed(config),
            inbox: inbox.clone(),
            store: store.clone(),
            media_dir: config.media.dir.clone(),
            links: settings.links.clone(),
            metrics: metrics.clone(),
            clock: clock.clone(),
            health,
        };
        let (address, web) = serve(config.server.listen, web, web_stopped).await?;

        let listening = chats.listen(config, (&store, &inbox), (&clock, address), &stopped)?;
        Ok(Self {
            address,
            store,
            metrics,
            chats,
            stop,
            stop_web,
            listening,
            loops,
            web,
            letterbox: letterbox_task,
            _desk_thread: desk_thread,
            grace,
        })
    }

    /// Whether everything that was missed has been fetched, so that it is up to date with its workspaces.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.chats.is_ready()
    }

    /// Whether it is connected to all of its workspaces.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.chats.is_connected()
    }

    /// Takes nothing more, finishes what is under way within the grace time, and leaves.
    pub async fn stop(self) {
        tracing::info!("Stopping: nothing more is taken, what is under way finishes");
        // The doors first: what has been promised to them is committed before their answer.
        let _ = self.stop_web.send(true);
        let _ = tokio::time::timeout(Duration::from_secs(5), self.web).await;
        self.listening.stop().await;
        let _ = self.stop.send(true);
        for task in self.loops {
            let _ = tokio::time::timeout(self.grace + Duration::from_secs(5), task).await;
        }
        self.letterbox.abort();
        self.store.close().await;
        tracing::info!("Stopped");
    }
}

/// What was said before there was an index of words is put into it, some at a time, beside everything else.
async fn index_older(store: Store, stop: watch::Receiver<bool>) {
    let mut done = 0_u64;
    while !*stop.borrow() {
        match index_some(&store).await {
            Ok(true) => done += 1,
            Ok(false) if done > 0 => return tracing::info!("Everything that was said before is found by /find now"),
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(%error, "What was said before could not be made findable, which is tried again: {error}");
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        }
        if done == 1 {
            tracing::info!("What was said before is made findable; it takes a while, and nobody waits for it");
        }
        tokio::task::yield_now().await;
    }
}

async fn index_some(store: &Store) -> Result<bool, crate::store::StoreError> {
    let mut tx = store.begin().await?;
    let more = crate::desk::index_older(&mut tx).await?;
    tx.commit().await?;
    Ok(more)
}

async fn serve(
    listen: SocketAddr,
    web: Web,
    mut stopped: watch::Receiver<bool>,
) -> anyhow::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .with_context(|| format!("{listen} cannot be listened on: is something else using it? See server.listen"))?;
    let address = listener.local_addr()?;
    let until = async move {
        // An error means that nobody is left who could say stop.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let task = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, web.routes()).with_graceful_shutdown(until).await {
            tracing::error!(%error, "The web server ended: {error}");
        }
    });
    Ok((address, task))
}

//! The loop that keeps the list of templates up to date.

use baton::app::templates::{Pace, Templates};
use baton::clock::Clock;
use baton::config::Config;
use baton::port::OWN_DOOR;
use baton::port::{Inbox, Item, NotStored};
use futures::future::BoxFuture;
use tokio::sync::watch;

use super::*;
use crate::world::{Db, Setting, World};

#[derive(Default)]
struct Tray {
    items: Mutex<Vec<Item>>,
    is_full: Mutex<bool>,
}

impl Inbox for Tray {
    fn put(&self, items: Vec<Item>) -> BoxFuture<'_, Result<(), NotStored>> {
        Box::pin(async move {
            if *self.is_full.lock().unwrap() {
                return Err(NotStored("the disk is full".to_owned()));
            }
            self.items.lock().unwrap().extend(items);
            Ok(())
        })
    }
}

impl Tray {
    fn lists(&self) -> Vec<Vec<Template>> {
        let items = self.items.lock().unwrap();
        let list = |item: &Item| match serde_json::from_str(&item.body).unwrap() {
            Event::Templates { templates } => templates,
            other => panic!("{other:?}"),
        };
        items.iter().map(list).collect()
    }

    async fn holds(&self, count: usize) {
        let begun = tokio::time::Instant::now();
        while self.items.lock().unwrap().len() < count {
            assert!(begun.elapsed() < Duration::from_secs(10), "never {count}: {:?}", self.lists());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

struct Running {
    desk: Desk,
    inbox: Arc<Tray>,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    fn start(desk: Desk, every: Duration) -> Self {
        let inbox = Arc::new(Tray::default());
        let pace = Pace { every, settle: Duration::from_millis(5), retry: Duration::from_millis(10) };
        let (whatsapp, clock) = (desk.client.clone(), Clock::default());
        let (stop, stopped) = watch::channel(false);
        let templates = Templates { whatsapp, inbox: inbox.clone(), clock, pace };
        Self { desk, inbox, stop, task: tokio::spawn(templates.run(stopped)) }
    }

    async fn end(self) {
        self.stop.send(true).unwrap();
        self.task.await.unwrap();
        self.desk.assert_in_order();
    }
}

const NEVER: Duration = Duration::from_secs(3600);
const OFTEN: Duration = Duration::from_millis(10);

#[tokio::test]
async fn the_list_is_put_when_it_is_another() {
    let running = Running::start(Desk::open().await, OFTEN);
    running.inbox.holds(1).await;
    tokio::time::sleep(OFTEN * 20).await;
    assert_eq!(running.inbox.items.lock().unwrap().len(), 1, "the same list is not put again");
    let first = running.inbox.items.lock().unwrap()[0].clone();
    assert_eq!((first.door, first.lane.as_str()), (OWN_DOOR, "templates"));
    running.desk.meta.set_templates(vec![meta::Template::utility("only", "en_US", "Hi")]);
    running.inbox.holds(2).await;
    let lists = running.inbox.lists();
    assert_eq!((lists[0].len(), lists[1].len()), (7, 1));
    let second = running.inbox.items.lock().unwrap()[1].clone();
    assert!(first.key < second.key);
    running.end().await;
}

#[tokio::test]
async fn a_change_that_meta_tells_is_fetched_at_once() {
    let running = Running::start(Desk::open().await, NEVER);
    running.inbox.holds(1).await;
    running.desk.meta.set_template_status("hello_world", "en_US", "PAUSED");
    running.inbox.holds(2).await;
    assert!(!running.inbox.lists()[1].iter().any(|template| template.name == "hello_world"));
    running.end().await;
}

#[tokio::test]
async fn a_failure_is_tried_again() {
    let desk = Desk::open().await;
    let answer = Misbehaviour::Answer { status: 503, headers: vec![], body: Value::Null };
    let path = "message_templates".to_owned();
    desk.meta.wire().misbehave(Fault { method: None, path: path.clone(), times: 2, then: answer });
    desk.meta.wire().misbehave(Fault { method: None, path, times: 1, then: Misbehaviour::CutBefore });
    let running = Running::start(desk, NEVER);
    running.inbox.holds(1).await;
    *running.inbox.is_full.lock().unwrap() = true;
    running.desk.meta.set_template_status("hello_world", "en_US", "PAUSED");
    running.desk.meta.quiet().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    *running.inbox.is_full.lock().unwrap() = false;
    running.inbox.holds(2).await;
    running.end().await;
}

// story: RP-06
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_fetches_what_its_configuration_names() {
    let setting = Setting { whatsapp: "business_account = \"102290129340398\"", ..Setting::default() };
    let mut world = World::start_with(Db::Sqlite, &setting).await.unwrap();
    world.quiet().await;
    let listed = world.app().metrics.handled.get();
    world.meta.set_template_status("hello_world", "en_US", "PAUSED");
    // The change itself and the list that follows from it.
    world.until("the list is fetched again", |w| w.app().metrics.handled.get() >= listed + 2).await;
    let told = |w: &World| w.discord.messages(w.operator).iter().any(|post| post.content.contains("is now paused"));
    world.until("the operator hears of it", told).await;
    world.assert_quiet().await;
    world.stop().await;
}

#[test]
fn an_account_is_digits() {
    let example = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/config/baton.toml")).unwrap();
    let with = |account: &str| {
        let key = format!("business_account = \"{account}\"");
        Config::parse("baton.toml", &example.replace("business_account = \"\"", &key))
    };
    assert_eq!(with("102290129340398").unwrap().whatsapp.business_account, "102290129340398");
    let line = example.lines().position(|line| line.starts_with("business_account")).unwrap() + 1;
    assert_eq!(
        with("Sunny Bikes").unwrap_err().to_string(),
        format!(
            "baton.toml:{line}: \"Sunny Bikes\" is no WhatsApp Business Account id: copy it from Meta's API Setup page"
        )
    );
}

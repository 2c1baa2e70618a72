//! The demo's page in a real browser: what a newcomer does in the first minute.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use baton::app::demo::Demo;
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};

/// A driver that ends with the test.
pub(crate) struct Driver(Child, u16);

impl Driver {
    /// `None` where there is no browser, which `BATON_REQUIRE_BROWSER` forbids.
    pub(crate) fn start() -> Option<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match driver {
            Ok(child) => Some(Self(child, port)),
            Err(_) => {
                assert!(
                    std::env::var("BATON_REQUIRE_BROWSER").is_err(),
                    "BATON_REQUIRE_BROWSER is set: no chromedriver"
                );
                eprintln!("skipped: there is no chromedriver on this machine");
                None
            }
        }
    }

    pub(crate) async fn browser(&self, width: u32, height: u32) -> Client {
        let profile = tempfile::tempdir().unwrap().keep();
        let options = serde_json::json!({
            "goog:chromeOptions": { "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                format!("--window-size={width},{height}"), format!("--user-data-dir={}", profile.display()),
            ]}
        });
        let capabilities: Capabilities = serde_json::from_value(options).unwrap();
        let begun = Instant::now();
        loop {
            let built = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
                .capabilities(capabilities.clone())
                .connect(&format!("http://127.0.0.1:{}", self.1))
                .await;
            match built {
                Ok(client) => return client,
                Err(error) => assert!(begun.elapsed() < Duration::from_secs(60), "no browser: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The element a selector names, as soon as it is there.
pub(crate) async fn find(page: &Client, css: &str) -> Element {
    let found = page.wait().at_most(Duration::from_secs(30)).for_element(Locator::Css(css)).await;
    found.unwrap_or_else(|error| panic!("{css} never came: {error}"))
}

pub(crate) async fn press(page: &Client, css: &str) {
    let begun = Instant::now();
    // What is pressed may be drawn anew at this very moment.
    while let Err(error) = find(page, css).await.click().await {
        assert!(begun.elapsed() < Duration::from_secs(20), "{css} cannot be pressed: {error}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Presses the element that says a text, or the one inside it.
pub(crate) async fn press_in(page: &Client, css: &str, text: &str, inside: Option<&str>) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        for element in page.find_all(Locator::Css(css)).await.unwrap_or_default() {
            if !text_of(&element).await.contains(text) {
                continue;
            }
            let target = match inside {
                Some(inner) => element.find(Locator::Css(inner)).await,
                None => Ok(element),
            };
            // What is pressed may be drawn anew at this very moment.
            if let Ok(target) = target
                && target.click().await.is_ok()
            {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nothing in {css} that says {text:?} could be pressed");
}

/// Waits until some element that a selector names shows a text.
pub(crate) async fn shows(page: &Client, css: &str, text: &str) {
    let begun = Instant::now();
    let mut seen = Vec::new();
    while begun.elapsed() < Duration::from_secs(30) {
        seen.clear();
        for element in page.find_all(Locator::Css(css)).await.unwrap_or_default() {
            seen.push(text_of(&element).await);
        }
        if seen.iter().any(|shown| shown.contains(text)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{css} never showed {text:?}: {seen:?}");
}

/// What an element says, also while it is scrolled out of sight.
pub(crate) async fn text_of(element: &Element) -> String {
    element.prop("textContent").await.ok().flatten().unwrap_or_default()
}

pub(crate) async fn type_into(page: &Client, css: &str, text: &str) {
    let field = find(page, css).await;
    field.click().await.unwrap();
    field.send_keys(text).await.unwrap();
    field.send_keys(&Key::Enter.to_string()).await.unwrap();
}

pub(crate) fn id(name: &str) -> String {
    format!("[data-testid=\"{name}\"]")
}

// story: OP-01, OP-07
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newcomer_claims_and_answers() {
    let Some(driver) = Driver::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(0, Some(folder.path().to_owned())).await.unwrap();
    assert!(demo.banner().contains(&demo.page().to_string()) && demo.banner().contains("app secret"));
    let page = driver.browser(1440, 900).await;
    page.goto(&format!("http://{}/", demo.page())).await.unwrap();

    // It opens with customers already writing.
    shows(&page, &id("card"), "Maria").await;
    shows(&page, &id("card"), "Aiko").await;
    // A person writes as a customer.
    press(&page, "[data-testid=\"customer\"][data-name^=\"Maria\"]").await;
    type_into(&page, &id("phone-composer"), "Is anybody there?").await;
    shows(&page, &id("phone-message"), "Is anybody there?").await;
    // Ana claims the card that names Maria, and is told so where only she sees it.
    press_in(&page, &id("card"), "Maria", Some(&id("claim"))).await;
    press_in(&page, &id("thread-item"), "Maria", None).await;
    shows(&page, &id("card"), "Ana").await;
    shows(&page, &id("thread-message"), "Is anybody there?").await;
    // She answers in the thread; the phone shows it, and she sees it delivered.
    type_into(&page, &id("thread-composer"), "Yes! It arrives at noon.").await;
    shows(&page, "[data-testid=\"phone-message\"][data-author=\"business\"]", "It arrives at noon.").await;
    find(&page, "[data-testid=\"thread-message\"] [data-testid=\"reaction\"]").await;
    // The customer sends a picture; it stands in the thread as a picture.
    press(&page, &id("phone-attach")).await;
    press(&page, &id("attach-picture")).await;
    find(&page, "[data-testid=\"thread-message\"] img").await;
    // A slash command is answered to its author alone.
    type_into(&page, &id("thread-composer"), "/whois").await;
    // She hands over to billing, where Dina accepts on Telegram and answers.
    press(&page, "[data-testid=\"command-form\"] [aria-label=\"Cancel\"]").await;
    type_into(&page, &id("thread-composer"), "/handoff billing").await;
    type_into(&page, "[data-option=\"note\"]", "charged twice").await;
    press(&page, &id("forum")).await;
    shows(&page, &id("not-there"), "Ana is not on Telegram").await;
    press_in(&page, &id("act-instead"), "Dina", None).await;
    press_in(&page, &id("component-button"), "Accept", None).await;
    press(&page, &id("alert-ok")).await;
    press_in(&page, &id("topic"), "Maria", None).await;
    shows(&page, &id("card"), "Dina").await;
    type_into(&page, &id("channel-composer"), "It is paid back.").await;
    shows(&page, "[data-testid=\"phone-message\"][data-author=\"business\"]", "It is paid back.").await;
    page.close().await.unwrap();

    let narrow = driver.browser(500, 900).await;
    narrow.goto(&format!("http://{}/", demo.page())).await.unwrap();
    press(&narrow, &id("tab-team")).await;
    shows(&narrow, &id("card"), "Aiko").await;
    press(&narrow, &id("theme-toggle")).await;
    narrow.close().await.unwrap();
    demo.stop().await;
}

//! Which requests Discord counts together.

/// Which limit a request counts against, as far as its address tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::discord) struct RouteKey {
    pub(super) template: String,
    /// Channel, guild or token, each of which has its own limit.
    pub(super) major: String,
    /// Outside the limit over all routes.
    pub(super) interaction: bool,
    /// Asks and changes nothing.
    pub(super) reads: bool,
}

impl RouteKey {
    /// The key of a request. `path` starts after the API version.
    pub(in crate::discord) fn new(method: &str, path: &str) -> Self {
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let tokened = matches!(segments[0], "webhooks" | "interactions");
        let reads = method == "GET";
        // Setting and removing a reaction share a limit too tight to be found out twice.
        let method = if segments.contains(&"reactions") { "reaction" } else { method };
        let (mut template, mut major) = (method.to_owned(), String::new());
        for (at, segment) in segments.iter().enumerate() {
            template.push('/');
            let numeric = !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_digit());
            let is_major = (at == 1 && numeric && matches!(segments[0], "channels" | "guilds")) || (tokened && at < 3);
            if is_major && at > 0 {
                major.push_str(segment);
                major.push('/');
                template.push(':');
            } else if numeric || (at > 0 && segments[at - 1] == "reactions") {
                template.push(':');
            } else {
                template.push_str(segment);
            }
        }
        Self { template, major, interaction: tokened, reads }
    }
}

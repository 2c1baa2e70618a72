//! The workspaces this Baton works in: who performs what.

use std::collections::BTreeMap;

use crate::domain::card::Caps;
use crate::domain::workspace::Workspace;
use crate::port::{Call, SharedChannel, Toll};

/// What a workspace can show that is not in the configuration any more: nothing is performed there.
const NOTHING: Caps = Caps { max_text: 0, max_file: 0, max_files: 0, lists_cards: true };

/// The workspaces of the configuration.
#[derive(Clone)]
pub struct Workspaces {
    channels: BTreeMap<Workspace, SharedChannel>,
    home: Workspace,
    limited: BTreeMap<String, u32>,
}

impl Workspaces {
    /// These, of which `home` is where the operator is told what goes wrong.
    #[must_use]
    pub fn new(channels: BTreeMap<Workspace, SharedChannel>, home: Workspace) -> Self {
        let limited = channels.values().flat_map(|channel| channel.allowances());
        let limited = limited.map(|allowance| (allowance.scope, allowance.per_minute)).collect();
        Self { channels, home, limited }
    }

    /// What a workspace can show.
    pub(super) fn caps(&self, workspace: Workspace) -> Caps {
        self.channels.get(&workspace).map_or(NOTHING, |channel| channel.caps())
    }

    /// Who performs a call of a workspace; none where it is not in the configuration any more.
    pub(super) fn performer(&self, call: &Call) -> Option<SharedChannel> {
        self.channels.get(&call.workspace().unwrap_or(self.home)).cloned()
    }

    /// What a call takes of an allowance.
    pub(super) fn toll(&self, call: &Call) -> Option<Toll> {
        self.performer(call)?.toll(call).filter(|toll| self.limited.contains_key(&toll.scope))
    }

    /// Scopes in which only so many calls are made a minute, and how many.
    pub(super) fn limited(&self) -> &BTreeMap<String, u32> {
        &self.limited
    }
}

//! Slots: how many of a kind may go on at once, and who waits for one.
//!
//! | item | pk | sk |
//! |---|---|---|
//! | who holds the slots of a line | `SLOTS#{line}` | `SLOTS` |
//! | who waits for one | `SLOTS#{line}` | `WAIT#{member}` |
//!
//! A line is whatever must not take more than its share: a tenant, a server. A member that is refused waits in the
//! line, in the order of the members' names, and whoever frees a slot is told whom to call. A slot has an end, so that
//! a dead worker's is free again some time; a worker that comes back for the same member has the slot that it had.
//!
//! No call is lost between one that frees a slot and one that begins to wait, since both write the line's slots on the
//! condition that nobody else did: either the former sees that somebody waits, or the latter sees the free slot.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use slipway_domain::{Chain, TenantId};

use crate::item::{Item, flag, get, key, number, read, seconds};
use crate::pages;
use crate::update::Update;
use crate::{Epoch, Stale, StoreError, Write};

/// The slots of all lines that are kept in one table.
#[derive(Debug, Clone)]
pub struct Slots {
    client: Client,
    table: String,
}

/// What shares a number of slots, by a name that no other line of its table has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotLine {
    /// Its name.
    pub name: String,
    /// How many slots it has.
    pub slots: usize,
}

/// The name of the line in which a tenant's imports wait.
pub fn imports_of(tenant: &TenantId) -> String {
    format!("import-tenant#{tenant}")
}

/// Who wants a slot, and what to remember of it while it waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its name, which no other member of the line has. Lines are served in the order of these.
    pub name: String,
    /// Whatever the caller needs in order to call it.
    pub note: String,
}

/// What came of the wish for a slot.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlotTurn {
    /// The member has a slot. These are to be called, since there are slots for them, too: whoever freed them may have
    /// called this one in their place.
    Now(Vec<Member>),
    /// It waits in line until it is called.
    Waits,
}

/// Who holds the slots of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Holders {
    /// When the slot of each one ends.
    #[serde(rename = "holders")]
    ends: BTreeMap<String, Epoch>,
    /// Whether somebody may wait. It spares a query where nobody ever does.
    #[serde(default)]
    crowded: bool,
    /// The number of writes so far.
    version: u64,
}

impl Holders {
    fn forget_ended(&mut self, now: Timestamp) {
        let now = Epoch::from(now);
        self.ends.retain(|_, end| *end > now);
    }

    fn free(&self, line: &SlotLine) -> usize {
        line.slots.saturating_sub(self.ends.len())
    }
}

/// How often a write is repeated where another one came first.
const TRIES: u32 = 8;

impl Slots {
    /// The slots in this table.
    pub const fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Takes a slot for the member until then, or has it wait in the line. Safe to repeat: a member has one slot, or one
    /// place in the line.
    pub async fn take(&self, line: &SlotLine, member: &Member, until: Timestamp) -> Result<SlotTurn, StoreError> {
        let mut waits = false;
        for _ in 0..TRIES {
            let mut holders = self.holders(line).await?;
            holders.forget_ended(Timestamp::now());
            if holders.free(line) > 0 || holders.ends.contains_key(&member.name) {
                holders.ends.insert(member.name.clone(), Epoch::from(until));
                if !self.write(line, &mut holders).await?.is_done() {
                    continue;
                }
                if waits {
                    self.called(line, &member.name).await?;
                }
                return self.next(line, holders).await.map(SlotTurn::Now);
            }
            if !waits {
                self.wait(line, member).await?;
                waits = true;
            }
            holders.crowded = true;
            if self.write(line, &mut holders).await?.is_done() {
                return Ok(SlotTurn::Waits);
            }
        }
        Err(busy(line))
    }

    /// Frees the member's slot if it has one. Answers those whose turn it is: as many members of the line as it has free
    /// slots. Each is to be called, and said to be [`called`](Self::called) then; it comes with [`take`](Self::take). If
    /// it finds no slot by then, it has its old place in the line. Safe to repeat.
    pub async fn free(&self, line: &SlotLine, member: &str) -> Result<Vec<Member>, StoreError> {
        for _ in 0..TRIES {
            let mut holders = self.holders(line).await?;
            holders.forget_ended(Timestamp::now());
            let had = holders.ends.remove(member).is_some();
            if had && !self.write(line, &mut holders).await?.is_done() {
                continue;
            }
            return self.next(line, holders).await;
        }
        Err(busy(line))
    }

    /// Takes a member out of those that wait, because it was called.
    pub async fn called(&self, line: &SlotLine, member: &str) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(waiting_key(line, member)));
        delete.send().await?;
        Ok(())
    }

    async fn next(&self, line: &SlotLine, mut holders: Holders) -> Result<Vec<Member>, StoreError> {
        let free = holders.free(line);
        if free == 0 || !holders.crowded {
            return Ok(Vec::new());
        }
        let waiting = self.waiting(line, free.saturating_add(holders.ends.len())).await?;
        if waiting.is_empty() {
            holders.crowded = false;
            // Refused if somebody wrote meanwhile, perhaps that it waits. Whoever comes next tries again.
            self.write(line, &mut holders).await?.either_way();
        }
        let mut next = Vec::new();
        for member in waiting {
            if holders.ends.contains_key(&member.name) {
                // It came by itself and found a slot.
                self.called(line, &member.name).await?;
            } else if next.len() < free {
                next.push(member);
            }
        }
        Ok(next)
    }

    async fn wait(&self, line: &SlotLine, member: &Member) -> Result<(), StoreError> {
        let mut item: Item = serde_dynamo::to_item(member)?;
        item.extend(waiting_key(line, &member.name));
        self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await?;
        Ok(())
    }

    /// Up to `most` of those that wait, the first in line first.
    async fn waiting(&self, line: &SlotLine, most: usize) -> Result<Vec<Member>, StoreError> {
        let query =
            pages::under(&self.client, &self.table, &pk(line), WAITING).limit(i32::try_from(most).unwrap_or(i32::MAX));
        query.send().await?.items.unwrap_or_default().into_iter().map(read).collect()
    }

    async fn holders(&self, line: &SlotLine) -> Result<Holders, StoreError> {
        Ok(get(&self.client, &self.table, slots_key(line)).await?.map(read).transpose()?.unwrap_or_default())
    }

    /// Writes who holds the slots now, unless somebody else wrote since they were read.
    async fn write(&self, line: &SlotLine, holders: &mut Holders) -> Result<Write<(), Stale>, StoreError> {
        let seen = holders.version;
        holders.version = seen.saturating_add(1);
        let map = holders.ends.iter().map(|(member, end)| (member.clone(), seconds(*end))).collect();
        let update = Update::of(&self.table, slots_key(line))
            .set("holders", AttributeValue::M(map))
            .set("crowded", flag(holders.crowded))
            .set("version", number(holders.version));
        let update = match seen {
            0 => update.when("attribute_not_exists(#version)"),
            seen => update.when("#version = :seen").with(":seen", number(seen)),
        };
        Ok(update.send(&self.client, ReturnValue::None).await?.bare())
    }
}

const WAITING: &str = "WAIT#";

fn pk(line: &SlotLine) -> String {
    pk_of(&line.name)
}

/// The partition of the line of this name.
pub(crate) fn pk_of(line: &str) -> String {
    format!("SLOTS#{line}")
}

fn slots_key(line: &SlotLine) -> Item {
    key(pk(line), "SLOTS")
}

fn waiting_key(line: &SlotLine, member: &str) -> Item {
    key(pk(line), format!("{WAITING}{member}"))
}

fn busy(line: &SlotLine) -> StoreError {
    StoreError::Busy(Chain::of(format!("the slots of {} are written by many at once", line.name)))
}

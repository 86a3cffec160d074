//! Who may call what: principals with keys and a policy each, and a record of what they used and were denied.
//!
//! The root key may do everything and is not recorded. A principal may do what a statement of its policy allows and
//! nothing else; there are no statements that deny.

mod keys;
mod policy;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use policy::{Grant, Statement};

use crate::ACCOUNT_ID;
use crate::credentials::Credentials;

/// One thing that a call must be allowed to do. A call may need several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Right {
    /// Such as `dynamodb:Query`.
    pub(crate) action: String,
    /// The ARN of what is called.
    pub(crate) resource: String,
    /// The service that makes the call on the caller's behalf, as `kms:ViaService` names it.
    pub(crate) via: Option<String>,
}

impl Right {
    /// A right that the caller needs for a call of its own.
    pub(crate) fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), via: None }
    }
}

/// Something that a principal did because a statement of its policy allows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The action, such as `dynamodb:Query`.
    pub action: String,
    /// The ARN of what it was done to.
    pub resource: String,
    /// What allowed it: the first of the policy's grants that covers it.
    pub grant: Grant,
}

/// Something that a principal tried and no statement of its policy allows. Printed, it reads as AWS's own refusals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Who tried.
    pub principal: String,
    /// The action, such as `dynamodb:Query`.
    pub action: String,
    /// The ARN of what it was tried on.
    pub resource: String,
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { principal, action, resource } = self;
        write!(
            f,
            "User: arn:aws:sts::{ACCOUNT_ID}:assumed-role/{principal}/{principal} is not authorized to perform: \
             {action} on resource: {resource} because no identity-based policy allows the {action} action"
        )
    }
}

/// Is told of each denial when it happens.
pub(crate) type Listener = Arc<dyn Fn(&Denial) + Send + Sync>;

/// All who may call.
pub(crate) struct Principals {
    root: Credentials,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By access key id.
    principals: BTreeMap<String, Principal>,
    uses: BTreeSet<Use>,
    denials: Vec<Denial>,
    listener: Option<Listener>,
}

struct Principal {
    name: String,
    secret_access_key: String,
    policy: Vec<Statement>,
}

impl Principals {
    pub(crate) fn new(root: Credentials) -> Self {
        Self { root, state: Mutex::default() }
    }

    pub(crate) fn root(&self) -> &Credentials {
        &self.root
    }

    /// The keys of this principal, which from now on may do what `policy` allows.
    pub(crate) fn issue(&self, name: &str, policy: Vec<Statement>) -> Credentials {
        let keys = keys::derive(&self.root, name);
        let secret_access_key = keys.secret_access_key.clone();
        let principal = Principal { name: name.to_owned(), secret_access_key, policy };
        self.lock().principals.insert(keys.access_key_id.clone(), principal);
        keys
    }

    /// The principal that has this access key id; the root has no name.
    pub(crate) fn name(&self, access_key_id: &str) -> Option<String> {
        Some(self.lock().principals.get(access_key_id)?.name.clone())
    }

    /// The secret that belongs to an access key id.
    pub(crate) fn secret(&self, access_key_id: &str) -> Option<String> {
        if access_key_id == self.root.access_key_id {
            return Some(self.root.secret_access_key.clone());
        }
        Some(self.lock().principals.get(access_key_id)?.secret_access_key.clone())
    }

    /// Lets a call pass if its signer has all these rights, and records their use. The first that is missing is
    /// recorded as a denial instead.
    pub(crate) fn authorize(&self, access_key_id: &str, rights: &[Right]) -> Result<(), Denial> {
        if access_key_id == self.root.access_key_id {
            return Ok(());
        }
        let mut state = self.lock();
        let checked = state.check(access_key_id, rights);
        let denial = match checked {
            Ok(uses) => {
                state.uses.extend(uses);
                return Ok(());
            }
            Err(denial) => denial,
        };
        state.denials.push(denial.clone());
        let listener = state.listener.clone();
        drop(state);
        if let Some(listener) = listener {
            listener(&denial);
        }
        Err(denial)
    }

    pub(crate) fn uses(&self) -> Vec<Use> {
        self.lock().uses.iter().cloned().collect()
    }

    pub(crate) fn denials(&self) -> Vec<Denial> {
        self.lock().denials.clone()
    }

    /// What the policies grant and no call has used.
    pub(crate) fn unused(&self) -> Vec<Grant> {
        let state = self.lock();
        let used: BTreeSet<&Grant> = state.uses.iter().map(|made| &made.grant).collect();
        let principals = state.principals.values();
        let granted: BTreeSet<Grant> =
            principals.flat_map(|who| who.policy.iter().flat_map(|statement| statement.grants(&who.name))).collect();
        granted.into_iter().filter(|grant| !used.contains(grant)).collect()
    }

    pub(crate) fn listen(&self, listener: Listener) {
        self.lock().listener = Some(listener);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn check(&self, access_key_id: &str, rights: &[Right]) -> Result<Vec<Use>, Denial> {
        let principal = self.principals.get(access_key_id);
        let name = principal.map_or(access_key_id, |principal| principal.name.as_str());
        let policy = principal.map_or(&[][..], |principal| &principal.policy);
        let uses = rights.iter().map(|right| {
            let grant = policy.iter().find_map(|statement| statement.allows(name, right));
            let Right { action, resource, .. } = right.clone();
            match grant {
                Some(grant) => Ok(Use { action, resource, grant }),
                None => Err(Denial { principal: name.to_owned(), action, resource }),
            }
        });
        uses.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(sid: &str, actions: &[&str], resources: &[&str]) -> Statement {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Statement { sid: sid.to_owned(), actions: texts(actions), resources: texts(resources), via_service: None }
    }

    #[test]
    fn what_is_used_is_recorded_with_what_allowed_it_and_the_rest_is_unused() {
        let principals = Principals::new(Credentials::random());
        let policy = vec![statement("Read", &["a:Get", "a:List"], &["x", "y"]), statement("All", &["a:*"], &["*"])];
        let key = principals.issue("F", policy).access_key_id;
        principals.authorize(&key, &[Right::new("a:Get", "y"), Right::new("a:Put", "z")]).unwrap();
        let found: Vec<_> = principals.uses().into_iter().map(|made| (made.resource, made.grant.sid)).collect();
        assert_eq!(found, [("y".to_owned(), "Read".to_owned()), ("z".to_owned(), "All".to_owned())]);
        let unused: Vec<_> = principals.unused().into_iter().map(|grant| (grant.action, grant.resource)).collect();
        let pairs = [("a:Get", "x"), ("a:List", "x"), ("a:List", "y")].map(|(a, r)| (a.to_owned(), r.to_owned()));
        assert_eq!(unused, pairs);
    }

    #[test]
    fn a_call_with_one_right_too_few_is_denied_and_counts_as_no_use() {
        let principals = Principals::new(Credentials::random());
        let key = principals.issue("F", vec![statement("Read", &["a:Get"], &["x"])]).access_key_id;
        let denial = principals.authorize(&key, &[Right::new("a:Get", "x"), Right::new("a:Put", "x")]).unwrap_err();
        assert_eq!(
            denial.to_string(),
            "User: arn:aws:sts::000000000000:assumed-role/F/F is not authorized to perform: a:Put on resource: x \
             because no identity-based policy allows the a:Put action"
        );
        assert_eq!((principals.uses(), principals.denials()), (Vec::new(), vec![denial]));
        let root = principals.root().access_key_id.clone();
        principals.authorize(&root, &[Right::new("a:Put", "x")]).unwrap();
        assert!(principals.authorize("AKIAOTHER", &[Right::new("a:Get", "x")]).is_err());
    }
}

//! Commands to paste, once everything runs.

use super::{account::Account, run_error::RunError, sample::Published, say::Say, video::Video, world::World};

/// What the commands are made of.
pub(crate) struct Commands {
    api: String,
    key: String,
    account: Option<Account>,
    published: Option<Published>,
    video: String,
    /// Where `slipway` is.
    program: String,
    /// The simulated TikTok, if it is one.
    simulator: Option<String>,
    about: Vec<(&'static str, String)>,
}

impl Commands {
    /// Takes what the session has made.
    pub(crate) fn new(
        world: &World,
        key: &str,
        account: Option<Account>,
        published: Option<Published>,
        video: &Video,
    ) -> Result<Self, RunError> {
        let mut about = vec![("API", world.api_url().to_owned()), ("API key", key.to_owned())];
        about.extend(account.as_ref().map(|account| ("Account", format!("{} ({})", account.id, account.name))));
        let simulator = world.tiktok.is_simulated().then(|| world.tiktok.url().to_owned());
        about.push(("TikTok", world.tiktok.url().to_owned()));
        about.extend(simulator.as_ref().map(|url| ("Controls", format!("{url}/_sim/"))));
        about.push(("Webhooks", world.webhook_url()));
        about.push(("Logs", world.log.display().to_string()));
        let program = world.slipway()?.display().to_string();
        let (api, key, video) = (world.api_url().to_owned(), key.to_owned(), video.path().display().to_string());
        Ok(Self { api, key, account, published, video, program, simulator, about })
    }

    /// Prints them.
    pub(crate) fn print(&self, say: &Say) {
        say.line("");
        for (name, value) in &self.about {
            say.line(&format!("  {name:10} {value}"));
        }
        for (title, command) in self.commands() {
            say.line("");
            say.line(&format!("  {}", say.bold(title)));
            say.line(&command);
        }
        say.line("");
        say.line("  Ctrl-C stops everything.");
    }

    fn commands(&self) -> Vec<(&'static str, String)> {
        let Self { api, key, .. } = self;
        let auth = format!("-H \"Authorization: Bearer {key}\"");
        let account = self.account.as_ref().map_or("ACCOUNT_ID", |account| &account.id);
        let (post, media) = match &self.published {
            Some(published) => (published.post_id.as_str(), published.media_id.as_str()),
            None => ("POST_ID", "MEDIA_ID"),
        };
        let body = format!(
            r#"{{"account_id":"{account}","platforms":["tiktok"],"text":"Hello from curl","media_ids":["{media}"],"platform_options":{{"tiktok":{{"disclosure":{{"branded_content":false,"paid_partnership":false}}}}}}}}"#
        );
        let upload = (
            "Upload a video",
            format!("curl -X POST {api}/v1/media/upload {auth} -F {}", quoted(&format!("file=@{}", self.video))),
        );
        let publish = (
            "Publish it",
            format!("curl -X POST {api}/v1/posts {auth} -H \"Content-Type: application/json\" -d {}", quoted(&body)),
        );
        let program = (
            "Or let the program do all of it",
            format!("export SLIPWAY_API_URL={api} SLIPWAY_API_KEY={key}\n{} --help", quoted(&self.program)),
        );
        let look = ("See what became of it", format!("curl {api}/v1/posts/{post} {auth}"));
        let connected = self.account.as_ref().map_or(String::new(), |account| format!(" ACCOUNT={}", account.id));
        let names = ("The names that README's commands use", format!("export API={api} KEY={key}{connected}"));
        let mut commands = vec![names, upload, publish, look];
        let connect = format!(
            "curl -X POST {api}/v1/accounts/connect {auth} -H \"Content-Type: application/json\" -d '{{\"platform\":\"tiktok\"}}'"
        );
        commands.push(program);
        // The simulator's page takes whoever is logged in: without another user it connects the same account again.
        let another = self.simulator.as_ref().filter(|_| self.account.is_some()).map(|url| {
            let login = format!(
                "curl {url}/_sim/users -d '{{\"username\":\"second\"}}'\ncurl {url}/_sim/login -d '{{\"user\":\"second\"}}'"
            );
            format!("{login}\n{connect}")
        });
        commands.extend(another.map(|another| {
            ("Connect another account: make a user at TikTok, then open the auth_url of the last answer in a browser", another)
        }));
        match self.account {
            None => commands.insert(0, ("Connect an account: open the auth_url of the answer in a browser", connect)),
            Some(_) => commands.push((
                "What the creator may post now",
                format!("curl {api}/v1/accounts/{account}/creator-info {auth}"),
            )),
        }
        commands
    }
}

/// For a shell: in single quotes where it needs any.
pub(crate) fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(account: bool) -> Vec<(&'static str, String)> {
        let some = account.then(|| Account {
            id: "acc_1".to_owned(),
            name: "@me".to_owned(),
            connected_at: serde_json::Value::Null,
        });
        let published = account.then(|| Published { post_id: "post_1".to_owned(), media_id: "med_1".to_owned() });
        let (api, key) = ("http://127.0.0.1:8787".to_owned(), "slip_live_x".to_owned());
        let (video, program) = ("/a/it's.mp4".to_owned(), "/a/slipway".to_owned());
        let simulator = Some("http://127.0.0.1:8788".to_owned());
        Commands { api, key, account: some, published, video, program, simulator, about: vec![] }.commands()
    }

    #[test]
    fn the_commands_can_be_pasted_as_they_are() {
        let commands = commands(true);
        assert_eq!(commands[0].1, "export API=http://127.0.0.1:8787 KEY=slip_live_x ACCOUNT=acc_1");
        assert_eq!(
            commands[1].1,
            r#"curl -X POST http://127.0.0.1:8787/v1/media/upload -H "Authorization: Bearer slip_live_x" -F 'file=@/a/it'\''s.mp4'"#
        );
        let body = commands[2].1.split("-d '").nth(1).unwrap().trim_end_matches('\'');
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            (&body["account_id"], &body["media_ids"][0], &body["platforms"][0]),
            (&"acc_1".into(), &"med_1".into(), &"tiktok".into())
        );
        assert_eq!(body["platform_options"]["tiktok"]["disclosure"]["paid_partnership"], false);
        assert!(commands[3].1.contains("/v1/posts/post_1 "));
    }

    #[test]
    fn another_account_is_of_another_user() {
        let commands = commands(true);
        let (title, another) = commands.iter().find(|(title, _)| title.starts_with("Connect another")).unwrap();
        assert!(title.ends_with("in a browser"), "{title}");
        let lines: Vec<_> = another.lines().collect();
        assert_eq!(lines[0], r#"curl http://127.0.0.1:8788/_sim/users -d '{"username":"second"}'"#);
        assert_eq!(lines[1], r#"curl http://127.0.0.1:8788/_sim/login -d '{"user":"second"}'"#);
        assert!(lines[2].contains("/v1/accounts/connect"), "{another}");
    }

    #[test]
    fn without_an_account_the_first_command_connects_one() {
        let commands = commands(false);
        assert!(commands[0].1.ends_with(r#"/v1/accounts/connect -H "Authorization: Bearer slip_live_x" -H "Content-Type: application/json" -d '{"platform":"tiktok"}'"#), "{}", commands[0].1);
    }
}

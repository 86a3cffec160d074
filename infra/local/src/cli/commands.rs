//! Commands to paste, once everything runs.

use super::account::Account;
use super::run_error::RunError;
use super::say::Say;
use super::video::Video;
use super::world::World;

/// What the commands are made of.
pub(crate) struct Commands {
    api: String,
    key: String,
    account: Option<Account>,
    published: Option<String>,
    video: String,
    /// The directory where `slipway` is.
    programs: String,
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
        published: Option<String>,
        video: &Video,
    ) -> Result<Self, RunError> {
        let mut about = vec![("API", world.api_url().to_owned()), ("API key", key.to_owned())];
        about.extend(account.as_ref().map(|account| ("Account", format!("{} ({})", account.id, account.name))));
        let simulator = world.tiktok.is_simulated().then(|| world.tiktok.url().to_owned());
        about.push(("TikTok", world.tiktok.url().to_owned()));
        about.extend(simulator.as_ref().map(|url| ("Controls", format!("{url}/_sim/"))));
        about.push(("Webhooks", world.webhook_url()));
        about.push(("Logs", world.log.display().to_string()));
        let program = world.slipway()?;
        let programs = program.parent().unwrap_or(&program).display().to_string();
        let (api, key, video) = (world.api_url().to_owned(), key.to_owned(), video.path().display().to_string());
        Ok(Self { api, key, account, published, video, programs, simulator, about })
    }

    /// Prints them.
    pub(crate) fn print(&self, say: &Say) {
        say.line("");
        for (name, value) in &self.about {
            say.line(&format!("  {name:10} {value}"));
        }
        // All of it can be pasted, and so what is for people is a comment for the shell.
        for (title, command) in self.commands() {
            say.line("");
            say.line(&say.bold(&format!("# {title}")));
            say.line(&command);
        }
        say.line("");
        say.line("# Ctrl-C stops everything.");
    }

    /// Each with its title. The first one names what all others use, as README's commands do.
    fn commands(&self) -> Vec<(&'static str, String)> {
        const AUTH: &str = r#"-H "Authorization: Bearer $KEY""#;
        const JSON: &str = r#"-H "Content-Type: application/json""#;
        let Self { api, key, programs, .. } = self;
        let connected = self.account.as_ref().map_or(String::new(), |account| format!(" ACCOUNT={}", account.id));
        let program = format!("export PATH={}:$PATH SLIPWAY_API_URL=$API SLIPWAY_API_KEY=$KEY", quoted(programs));
        let mut commands =
            vec![("Names that all other commands use", format!("export API={api} KEY={key}{connected}\n{program}"))];
        if self.account.is_none() {
            let connect = "export ACCOUNT=$(slipway connect | tee /dev/stderr | tail -1)";
            commands.push(("Connect an account: open the address that it says in a browser", connect.to_owned()));
        }
        let video = quoted(&self.video);
        let publish =
            format!("slipway publish {video} --account $ACCOUNT --caption 'Hello from cargo run' --privacy private");
        commands.push(("Publish the video", publish));
        // curl takes commas and semicolons for its own where a name is in no quotes.
        let file = quoted(&format!("file=@\"{}\"", self.video));
        let body = r#"{"targets": [{"account_id": "'$ACCOUNT'"}], "media_ids": ["'$MEDIA'"], "text": "Hello from curl",
  "platform_data": {"tiktok": {"privacy_level": "SELF_ONLY"}}, "publish_now": true}"#;
        let curl = [
            format!("MEDIA=$(curl -s -X POST $API/v1/media/upload {AUTH} -F {file} | {})", first("med")),
            format!("POST=$(curl -s -X POST $API/v1/posts {AUTH} {JSON} -d '{body}' | {})", first("post")),
            format!("sleep 3; curl $API/v1/posts/$POST {AUTH}; echo"),
        ];
        commands.push(("The same with curl: upload it, post it, see what became of it", curl.join("\n")));
        if let Some(post) = &self.published {
            commands.push(("Each step of the post of the sample", format!("slipway posts timeline {post}")));
        }
        // The simulator's page takes whoever is logged in: without another user it connects the same account again.
        if let Some(url) = self.simulator.as_ref().filter(|_| self.account.is_some()) {
            let user = r#"'{"username":"second","display_name":"Second"}'"#;
            let login = r#"'{"user":"second"}'"#;
            let another = format!(
                "curl {url}/_sim/users -d {user}; echo\ncurl {url}/_sim/login -d {login}; echo\nslipway connect"
            );
            commands.push(("Connect another account, of another user at TikTok", another));
        }
        let limits = format!("curl $API/v1/accounts/$ACCOUNT/creator-info {AUTH}; echo");
        commands.push(("What the creator may post now", limits));
        commands
    }
}

/// What of an answer in JSON leaves its first id of this kind alone, without a program that not every machine has.
fn first(prefix: &str) -> String {
    format!("grep -o '{prefix}_[0-9a-f]*' | head -1")
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
        let published = account.then(|| "post_1".to_owned());
        let (api, key) = ("http://127.0.0.1:8787".to_owned(), "slip_live_x".to_owned());
        let (video, programs) = ("/a/it's.mp4".to_owned(), "/a b".to_owned());
        let simulator = Some("http://127.0.0.1:8788".to_owned());
        Commands { api, key, account: some, published, video, programs, simulator, about: vec![] }.commands()
    }

    fn of<'a>(commands: &'a [(&str, String)], title: &str) -> &'a str {
        &commands.iter().find(|(known, _)| known.starts_with(title)).unwrap().1
    }

    #[test]
    fn the_commands_can_be_pasted_as_they_are() {
        let commands = commands(true);
        assert_eq!(
            commands[0].1,
            "export API=http://127.0.0.1:8787 KEY=slip_live_x ACCOUNT=acc_1\n\
             export PATH='/a b':$PATH SLIPWAY_API_URL=$API SLIPWAY_API_KEY=$KEY"
        );
        assert!(
            of(&commands, "Publish the video")
                .starts_with(r"slipway publish '/a/it'\''s.mp4' --account $ACCOUNT --caption ")
        );
        let curl = of(&commands, "The same with curl");
        assert!(curl.starts_with(
            r#"MEDIA=$(curl -s -X POST $API/v1/media/upload -H "Authorization: Bearer $KEY" -F 'file=@"/a/it'\''s.mp4"' | grep"#
        ));
        let body = curl.split("-d '").nth(1).unwrap().split("' |").next().unwrap();
        let body: serde_json::Value =
            serde_json::from_str(&body.replace("'$ACCOUNT'", "acc_1").replace("'$MEDIA'", "med_1")).unwrap();
        assert_eq!((&body["targets"][0]["account_id"], &body["media_ids"][0]), (&"acc_1".into(), &"med_1".into()));
        assert_eq!(of(&commands, "Each step"), "slipway posts timeline post_1");
    }

    #[test]
    fn another_account_is_of_another_user() {
        let commands = commands(true);
        let lines: Vec<_> = of(&commands, "Connect another").lines().collect();
        assert_eq!(
            lines[0],
            r#"curl http://127.0.0.1:8788/_sim/users -d '{"username":"second","display_name":"Second"}'; echo"#
        );
        assert_eq!(lines[1], r#"curl http://127.0.0.1:8788/_sim/login -d '{"user":"second"}'; echo"#);
        assert!(lines[2].starts_with("slipway connect"));
    }

    #[test]
    fn without_an_account_one_is_connected_before_anything_is_posted() {
        let commands = commands(false);
        assert_eq!(commands[0].1.lines().next().unwrap(), "export API=http://127.0.0.1:8787 KEY=slip_live_x");
        assert!(commands[1].1.starts_with("export ACCOUNT=$(slipway connect "), "{}", commands[1].1);
    }
}

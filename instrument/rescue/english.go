package rescue

var english = Plan{
	Lang:  "en",
	Title: "What to do first",
	Steps: []Step{
		{
			Name: "snapshot",
			Do:   "Take a snapshot of the disks before you change anything.",
			Why:  "It shows later how they got in, and nothing of yours is lost by what you do next.",
		},
		{
			Name: "console",
			Do:   "Work through the console or the rescue system, not through ssh on that machine.",
			Why:  "Its ssh server and its programs may not be yours any more, and may read what you type.",
		},
		{
			Name: "rebuild",
			Do:   "Build a new machine from a clean image, and leave the old one as it is.",
			Why:  "What was hidden once is not found by cleaning. Close the way in before it is reachable: updates, a firewall with a list of what may come in, sign-in by key only.",
		},
		{
			Name: "data",
			Do:   "Bring over data only, from the snapshot or from a backup that is older than what was seen.",
			Why:  "No programs, scripts, scheduled jobs, start-up files or lists of keys: one of them may be theirs.",
		},
		{
			Name: "keys",
			Do:   "Make every key and password new that was on the machine, or was typed there, and end the old ones.",
			Why:  "Whoever got in has copies, and can come back by any of them:",
			List: []string{
				"ssh host keys, and the keys of people and programs that sign in",
				"API tokens and keys of this cloud and of others",
				"passwords of databases, caches and queues",
				"private keys of TLS certificates; have the old certificates revoked",
				"secrets of the application: sessions, signatures, webhooks, mail, payment",
				"deploy keys, and tokens of version control, registries and CI",
				"passwords of everybody who signed in there, wherever else they use them",
			},
		},
		{
			Name: "told",
			Do:   "Ask yourself whose data was within reach, and whether they or an authority have to be told.",
			Why:  "Where personal data was, the law often gives three days.",
		},
	},
	Proof: "To show that it is done, tick the steps on your page and write two lines: from which image the new machine was built and when, and until when the old one is kept. Nobody asks for a password or a key.",
}

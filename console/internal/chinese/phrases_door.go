package chinese

// ofDoor is signing in and enrolling.
var ofDoor = map[string]string{
	"Sign in": "登录", "Name": "姓名", "Password": "密码", "Code": "验证码", "The six digits that your authenticator shows now": "您的验证器当前显示的六位数字", "Came by a link from elsewhere, and signed in already? <>": "从其他页面的链接来到这里，并且已经登录？<>", "Came by a link from elsewhere, and signed in already?": "从其他页面的链接来到这里，并且已经登录？", "Go on": "继续",
	"Here for the first time?": "第一次来到这里？", "The log of <>, or an admin, gives you a one-time link": "可从<>的日志或管理员处取得一次性链接", "Lost your phone?": "丢失了手机？", "Who runs this machine makes a new link: <>": "由运行本机的人生成新的链接：<>", "An admin can disable the lost account until then": "在此之前，管理员可以停用丢失的账户", "Lost your phone? Who runs this machine makes a new link: <>. An admin can disable the lost account until then.": "丢失了手机？由运行本机的人生成新的链接：<>。在此之前，管理员可以停用丢失的账户。",
	"Sign in by another": "以其他方式登录", "Sign in with {}": "通过 {1} 登录", "Sign in with {} from now on, too": "今后也可通过 {1} 登录", "You are signed in": "您已登录", "<>, if your browser does not by itself": "<>（如果浏览器没有自动跳转）", "You are signed in. <>, if your browser does not by itself.": "您已登录。<>（如果浏览器没有自动跳转）。",
	"You have a name, a password and a second factor": "您已有姓名、密码和第二因素", "One of these can be another way in for you: whoever you are there signs in here as the same person": "以下各项可以作为另一种登录方式：您在该处的身份在此登录为同一个人", "It works for ten minutes after you have signed in": "登录后十分钟内有效",
	"One-time link": "一次性链接", "This link works once": "此链接只能使用一次", "Press the button to use it here": "按下按钮即在此使用", "Come in": "进入", "Enrol": "登记", "Sign in by one of these from now on, with its password and its second factor:": "今后通过以下方式之一登录，使用其密码和第二因素：", "Or have a password here:": "或者在此设置密码：",
	"Set a name, a password and a second factor": "请设置姓名、密码和第二因素", "From then on you sign in with all three": "此后登录需要全部三项", "1. Your authenticator": "1. 您的验证器", "2. Your account": "2. 您的账户", "Scan the picture with an authenticator (any that knows TOTP), or type the key": "请用验证器（支持 TOTP 即可）扫描图片，或输入密钥", "A QR code that holds the key below": "包含下面密钥的二维码", "Key": "密钥",
	"12 characters or more": "至少 12 个字符", "A sentence is good; no digits or signs are asked for": "可以用一句话；不要求数字或符号", "Password, again": "再次输入密码",
}

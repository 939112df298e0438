package chinese

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

func TestARunIsSaidAsAWhole(t *testing.T) {
	for says, c := range map[string]struct{ page, want string }{
		"a phrase":                                                             {`<p>Nothing stands, and nothing waits.</p>`, `<p>没有生效的措施，也没有待决定的事项。</p>`},
		"its first letter may be small":                                        {`<p>nothing stands, and nothing waits</p>`, `<p>没有生效的措施，也没有待决定的事项</p>`},
		"blanks and line ends are one blank":                                   {"<p>\n Nothing stands,\u00a0and\n nothing waits.</p>", `<p>没有生效的措施，也没有待决定的事项。</p>`},
		"a hole keeps a name":                                                  {`<h1>Raisup Ltd: mining</h1>`, `<h1>Raisup Ltd：挖矿</h1>`},
		"a hole does not take the full stop":                                   {`<p>Taken by anna.</p>`, `<p>决定者：anna。</p>`},
		"elements stay where they are":                                         {`<p>On worker-1, from <time>1</time> until <time>2</time>.</p>`, `<p>对象：worker-1，自<time>1</time>起，至<time>2</time>止。</p>`},
		"an element within is said by itself":                                  {`<p>Our answer is due <strong>in 2 h 5 min</strong>, <time>1</time>; then what is enforced steps down.</p>`, `<p>我们答复的时限：<strong>2小时5分钟后</strong>（<time>1</time>）；届时所执行的措施自动减轻。</p>`},
		"a phrase stands in another":                                           {`<p>A contact of the tenant says that production is down.</p>`, `<p>租户的联系人告知：生产环境已中断。</p>`},
		"sentences are said one by one":                                        {`<p>It ends now. The case stays open.</p>`, `<p>立即结束。案件不结案。</p>`},
		"what is not known is marked":                                          {`<p>It ends now. Colourless ideas sleep.</p>`, `<p>立即结束。<span lang="en">Colourless ideas sleep.</span></p>`},
		"a word that is not known is a name":                                   {`<p>worker-01</p>`, `<p>worker-01</p>`},
		"what the policy keeps is in the phrasebook":                           {`<li>data can be read and exported</li>`, `<li>可以读取和导出数据</li>`},
		"attributes are said":                                                  {`<section aria-label="Sign in"><input type="submit" value="Sign in">`, `<section aria-label="登录"><input type="submit" value="登录">`},
		"what a field holds is not":                                            {`<input name="name" value="Sign in">`, `<input name="name" value="Sign in">`},
		"nor is what people wrote":                                             {`<p class="words">Sign in</p><span class="small said">Sign in <b>Sign in</b></span><textarea>Sign in</textarea>`, `<p class="words">Sign in</p><span class="small said">Sign in <b>Sign in</b></span><textarea>Sign in</textarea>`},
		"nor what machines read":                                               {`<code>Sign in</code><pre>Sign in</pre><script>Sign in</script><i translate="no">Sign in</i><bdi>Sign in</bdi>`, `<code>Sign in</code><pre>Sign in</pre><script>Sign in</script><i translate="no">Sign in</i><bdi>Sign in</bdi>`},
		"nor what is in a language of its own":                                 {`<a lang="en">English</a><p>Sign in</p>`, `<a lang="en">English</a><p>登录</p>`},
		"the page says its language":                                           {`<html lang="en"><title>Sign in · Evenkeel</title>`, `<html lang="zh-Hans"><title>登录 · Evenkeel</title>`},
		"a title has no markup":                                                {`<title>Colourless ideas sleep</title>`, `<title>Colourless ideas sleep</title>`},
		"a moment of a sentence is read":                                       {`<p>Nobody decided by 2019-05-30T12:00:00Z.</p>`, `<p>截至 2019-05-30 12:00:00 UTC 无人作出决定。</p>`},
		"a fact may hold what the tenant said":                                 {`<label>#5 The tenant: message. It ends now. Sign in.</label>`, `<label>#5 租户：留言。It ends now. Sign in.</label>`},
		"a breaker is open otherwise than a case":                              {`<p><span class="mark danger">open</span> <span class="mark warn">open</span></p>`, `<p><span class="mark danger">断开</span> <span class="mark warn">未结</span></p>`},
		"the name of a switch is said":                                         {`<p><strong><bdi>measure limit</bdi></strong></p>`, `<p><strong><bdi>措施：出站流量限速</bdi></strong></p>`},
		"a tenant's own name is not":                                           {`<p>Account <bdi>measure limit</bdi></p><dd><bdi>global</bdi></dd>`, `<p>账户<bdi>measure limit</bdi></p><dd><bdi>global</bdi></dd>`},
		"a blank stands beside Latin letters only":                             {`<p>To owner by pigeon, <time>1</time></p>`, `<p>发给负责人，方式 pigeon，<time>1</time></p>`},
		"what is kept at the end keeps its full stop":                          {`<p>Closed last <time>1</time> by zoe: It asks more.</p>`, `<p>最近一次于<time>1</time>由 zoe 闭合：It asks more.</p>`},
		"a length of time is read in either form":                              {`<p>Logs of the machine were emptied, the last time 2h5m ago.</p><p>The tenant has been a customer for 3 days.</p>`, `<p>机器的日志被清空，最近一次在 2小时5分钟前。</p><p>该租户成为客户已 3 天。</p>`},
		"what is counted is said with its noun":                                {`<p>Others report attacks from it: 1 report.</p><p>It talked to a host under the name of a known mining pool: 12 flow records, the last one just now.</p>`, `<p>他人举报此处发起攻击：1 件举报。</p><p>它与一台使用已知矿池域名的主机通信：12 条流记录，最近一条在刚才。</p>`},
		"and in words":                                                         {`<p>The machine was created 1 hour 48 minutes ago. The machine was created 80 minutes ago. The machine was created 9 minutes 4 seconds ago. The machine was created 2 days ago.</p>`, `<p>机器创建于 1 小时 48 分钟前。机器创建于 80 分钟前。机器创建于 9 分钟 4 秒前。机器创建于 2 天前。</p>`},
		"a sentence may begin with a name in small letters":                    {`<p>Nothing new is decided. throttle or more stands on all of it: throttle is in force until 2019-05-30T12:00:00Z (d-1).</p>`, `<p>没有作出新的决定。全部资源上已有 CPU 限制或更重的措施：CPU 限制，生效中，至 2019-05-30 12:00:00 UTC（d-1）。</p>`},
		"what a rule says for which there is no phrase stays in English alone": {`<p>mine v2 about asset vm-1 (final, live): It hums at night. The machine was created 2 days ago.</p>`, `<p>mine 第 2 版，关于资源 vm-1（终稿，生效）：<span lang="en">It hums at night</span>。机器创建于 2 天前。</p>`},
		"whoever carries out keeps the case of its name":                       {`<p>limit of vm-1 and 2 others: receiver applied it.</p><p>receiver has let go.</p>`, `<p>出站流量限速（vm-1，另外2个）：receiver 已执行。</p><p>receiver 已解除。</p>`},
		"numbers of a measure are said":                                        {`<p>In numbers: at most 200 new TCP connections (SYN) a second; at most 10,000 packets a second; to each destination at most 100 new flows a second; at most 20 % of the CPU; destinations that are cut off: 2</p>`, `<p>具体数值：每秒最多 200 个新 TCP 连接（SYN）；每秒最多 10,000 个数据包；对每个目的地每秒最多 100 个新流；最多 20 % 的 CPU；被切断的目的地：2 个</p>`},
		"a comma between elements is said":                                     {`<p><b>1</b>, <time>2</time></p>`, `<p><b>1</b>，<time>2</time></p>`},
		"text is put where there was none":                                     {`<p><b>1</b> to <b>2</b></p>`, `<p><b>1</b>至<b>2</b></p>`},
		"what was done before is said":                                         {`<p>This form was sent before with other words, and then this was done: lift, at 12:00 UTC.</p>`, `<p>此表单此前已用不同文字发送过，当时所做的是：解除，时间 12:00 UTC。</p>`},
		"a way that is cut":                                                    {`<p>A way to the data was tried and brought nothing (under isolate, export brought nothing); canaries do not show the same. A person finds out why by 2019-05-30T12:00:00Z, or isolate steps down to limit.</p>`, `<p>试过取回数据的一条途径，未取到任何内容（under isolate, export brought nothing）；探测样本没有同样的情况。工作人员须在 2019-05-30 12:00:00 UTC 之前查明原因，否则网络隔离减轻为出站流量限速。</p>`},
		"who looked at it":                                                     {`<p>ada looked why a way to the data is cut, and it is not the measure: it stays. If it is cut still at 2019-05-30T12:00:00Z, somebody looks again.</p>`, `<p>ada 查看了取回数据的途径为何中断，原因不在这项措施：维持不变。如至 2019-05-30 12:00:00 UTC 仍然中断，会再有人查看。</p>`},
	} {
		if got := Page(c.page); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", says, got, c.want)
		}
	}
}

func TestAPageThatIsTooLargeGoesOutAsItWas(t *testing.T) {
	page := "<p>Sign in</p>" + strings.Repeat(" ", most)
	if Page(page) != page {
		t.Error("it was read")
	}
}

func TestAPageThatTakesTooLongIsSaidAsFarAsItCame(t *testing.T) {
	s := newSayer(all)
	s.left = 1
	if zh, ok := s.phrase("Taken by anna", 0); ok {
		t.Errorf("it is said as %q", zh)
	}
	// Commas and the like are what makes phrases within phrases many.
	page := "<p>" + strings.Repeat("one, two and three; four: five, ", longest/40) + "</p>"
	slow := newSayer(all)
	slow.run(page[3 : len(page)-4])
	if took := effort - slow.left; took > 1<<20 {
		t.Errorf("it took %d steps", took)
	}
	if got := Page(page + "<p>Sign in</p>"); !strings.Contains(got, "one, two") {
		t.Error("something of it is gone")
	}
}

// TestTheLongestDocketTakesAPartOfTheEffort so that no page stops half way.
func TestTheLongestDocketTakesAPartOfTheEffort(t *testing.T) {
	r := reader{page: docketOf(200), say: newSayer(all), of: newSayer(scopes)}
	r.read()
	if took := effort - r.say.left; took > effort/3 {
		t.Errorf("it took %d steps of %d", took, effort)
	} else {
		t.Logf("%d steps", took)
	}
}

// TestMarkupIsNeverMadeFromText whatever a text says: hostile words stay words.
func TestMarkupIsNeverMadeFromText(t *testing.T) {
	pieces := []string{"<b>", "</p>", "<script>x()</script>", `"`, "'", "&", "&lt;", "<>", "{1}", mark, englishFrom, englishUntil, "Sign in", ". ", ": ", "mining", "Taken by ", "On ", ", from ", "in 3 min", "#1 ", "x"}
	rapid.Check(t, func(t *rapid.T) {
		hostile := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 12).Draw(t, "text"), "")
		frame := rapid.SampledFrom([]string{"<p>%s</p>", `<p title="%s">x</p>`, "<p>Taken by %s.</p>", "<p>%s: mining</p>", "<title>%s</title>", "<p>On %s, from <time>1</time> until <time>2</time>.</p>"}).Draw(t, "frame")
		page := fmt.Sprintf(frame, html.EscapeString(hostile))
		got, want := tagsOf(Page(page)), tagsOf(page)
		if !slices.Equal(got, want) {
			t.Fatalf("%q becomes %q", page, Page(page))
		}
	})
}

// FuzzPage: any bytes give a page with the same elements in the same order, and the same fields.
func FuzzPage(f *testing.F) {
	for _, seed := range []string{
		`<html lang="en"><body><p>Taken by <b>anna</b>.</p><input type=submit value="Sign in"></body>`, `<p>On a, from <time>1</time> until <i>2`, `<svg><title/>Sign in<text>mining</text></svg>`,
		`</b>Sign in<b><p>mining</b></p>`, "<p title='Sign in' =x a\"b>x", `<span><code>x</span></code>Sign in`, "<plaintext>Sign in", "<!-- Sign in -->Sign <!-- -->in", "<select><option>all<p>all", "<p>\x01Sign in\x02",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, page string) {
		if strings.Contains(strings.ToLower(page), "lang") && !strings.HasPrefix(page, `<html lang="en">`) {
			return // what is marked already cannot be told from what we mark
		}
		if got, want := tagsOf(Page(page)), tagsOf(page); !slices.Equal(got, want) {
			t.Errorf("%q becomes %q", page, Page(page))
		}
	})
}

// tagsOf is all tags of a page and their attributes but for what is said in them, without the
// elements that mark English.
func tagsOf(page string) (out []string) {
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return out
		}
		tok := z.Token()
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			line := tok.Data
			button := tok.Data == "input" && (kindOf(tok.Attr) == "submit" || kindOf(tok.Attr) == "button")
			for _, a := range tok.Attr {
				if spoken[a.Key] || tok.Data == "html" && a.Key == "lang" || button && a.Key == "value" {
					a.Val = "said"
				}
				line += fmt.Sprintf(" %q=%q", a.Key, a.Val)
			}
			out = append(out, line)
		case html.EndTagToken:
			if n := len(out); tok.Data == "span" && n > 0 && out[n-1] == `span "lang"="en"` {
				out = out[:n-1] // it held a text and nothing else
				continue
			}
			out = append(out, "/"+tok.Data)
		case html.CommentToken, html.DoctypeToken:
			out = append(out, "!"+tok.Data)
		}
	}
}

// docketOf is about what a docket with so many rows has.
func docketOf(rows int) string {
	var page strings.Builder
	page.WriteString(`<html lang="en"><body>`)
	for i := range rows {
		fmt.Fprintf(&page, `<li><p><a href="/case/%d">Tenant %d: mining</a></p><p>opened %d h ago</p><p><span>throttle in force</span> <span>%d proposals wait</span></p><p>Our answer is due <strong>in %d min</strong></p><p><time>x</time>; then what is enforced steps down</p><p>Nobody knows this sentence %d.</p></li>`, i, i, i+1, i+2, i%59+1, i)
	}
	return page.String()
}

func BenchmarkPage(b *testing.B) {
	text := docketOf(200) // as many as a page has
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Page(text)
	}
}

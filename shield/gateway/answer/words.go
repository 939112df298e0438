package answer

import (
	"fmt"
	"strings"
)

// sentence is something that is said, in each language in the order of Lang: en, zh-Hans, ja, de, fr, es. {n} stands for a number,
// {in} for something like "in 5 seconds", {about} for "about 3 minutes".
type sentence [Langs]string

// said is all that is said, by name. No sentence has a character that HTML or JSON would have to escape.
var said = map[string]sentence{
	// The page that asks a browser for work or for patience.
	"moment":   {"One moment, please", "请稍候", "少々お待ちください", "Einen Moment bitte", "Un instant, s’il vous plaît", "Un momento, por favor"},
	"why":      {"This site is receiving unusually many requests right now, so it takes a quick look at each browser before letting it in.", "本网站目前收到的请求异常多，因此在放行之前会对每个浏览器做一次简短检查。", "現在このサイトへのアクセスが通常より大幅に増えているため、表示の前にブラウザーを簡単に確認しています。", "Diese Website erhält gerade ungewöhnlich viele Anfragen. Deshalb prüft sie jeden Browser kurz, bevor sie ihn einlässt.", "Ce site reçoit en ce moment un nombre inhabituel de requêtes\u202f; il vérifie donc brièvement chaque navigateur avant de le laisser entrer.", "Este sitio recibe ahora más peticiones de lo habitual, por lo que comprueba brevemente cada navegador antes de dejarlo entrar."},
	"long":     {"It usually takes a few seconds, and there is nothing for you to do.", "通常只需几秒钟，您无需做任何操作。", "通常は数秒で終わります。操作は必要ありません。", "Das dauert meist nur wenige Sekunden. Sie müssen nichts tun.", "Cela prend en général quelques secondes\u202f; vous n’avez rien à faire.", "Suele tardar unos segundos y usted no tiene que hacer nada."},
	"data":     {"One cookie remembers for a while that your browser came through; it says nothing about you. If the check fails again and again, your address is kept, to refuse it for up to ten minutes and to answer questions about that.", "一个 Cookie 会在一段时间内记住您的浏览器已通过检查，其中不含任何有关您的信息。如果检查屡次失败，我们会保留您的地址，以便在最长十分钟内拒绝其访问并答复相关询问。", "一つの Cookie が、確認済みであることをしばらくの間覚えておきます。お客様に関する情報は含まれません。確認に何度も失敗した場合は、そのアドレスを保存し、最長10分間アクセスをお断りするとともに、お問い合わせへの回答に使用します。", "Ein Cookie merkt sich eine Zeit lang, dass Ihr Browser durchgekommen ist; über Sie sagt es nichts. Wenn die Prüfung immer wieder misslingt, wird Ihre Adresse gespeichert, um sie bis zu zehn Minuten lang abzuweisen und Fragen dazu zu beantworten.", "Un seul cookie retient pendant un certain temps que votre navigateur est passé\u202f; il ne dit rien de vous. Si la vérification échoue à plusieurs reprises, votre adresse est conservée, afin de la refuser pendant dix minutes au plus et de répondre aux questions à ce sujet.", "Una sola cookie recuerda durante un tiempo que su navegador ya pasó; no dice nada sobre usted. Si la comprobación falla una y otra vez, se guarda su dirección para rechazarla durante diez minutos como máximo y responder a preguntas al respecto."},
	"working":  {"Your browser is working on it\u00a0…", "您的浏览器正在处理\u00a0…", "ブラウザーが確認を進めています\u00a0…", "Ihr Browser arbeitet daran\u00a0…", "Votre navigateur s’en occupe\u00a0…", "Su navegador está trabajando en ello\u00a0…"},
	"slow":     {"Still working. Please leave this page open.", "仍在处理，请保持此页面打开。", "まだ処理中です。このページを開いたままお待ちください。", "Es dauert noch etwas. Bitte lassen Sie diese Seite offen.", "Encore un peu de patience. Laissez cette page ouverte.", "Sigue en curso. Deje esta página abierta, por favor."},
	"no js":    {"Your browser does not run JavaScript, and that is fine: this page continues by itself {in}.", "您的浏览器未启用 JavaScript，没有关系：本页面将在 {in}自动继续。", "お使いのブラウザーでは JavaScript が動作しませんが、問題ありません。このページは{in}に自動的に先へ進みます。", "Ihr Browser führt kein JavaScript aus, und das ist in Ordnung: Diese Seite geht {in} von selbst weiter.", "Votre navigateur n’exécute pas JavaScript, et ce n’est pas un problème\u00a0: cette page continue d’elle-même {in}.", "Su navegador no ejecuta JavaScript, y no pasa nada: esta página continúa por sí sola {in}."},
	"stuck":    {"Does nothing happen for a minute?", "一分钟后仍无反应？", "1分以上たっても変わりませんか？", "Passiert eine Minute lang nichts?", "Rien ne se passe depuis une minute\u202f?", "¿No ocurre nada durante un minuto?"},
	"without":  {"Continue without JavaScript", "不使用 JavaScript 继续", "JavaScript を使わずに続ける", "Ohne JavaScript fortfahren", "Continuer sans JavaScript", "Continuar sin JavaScript"},
	"soon":     {"This page continues by itself {in}.", "本页面将在 {in}自动继续。", "このページは{in}に自動的に先へ進みます。", "Diese Seite geht {in} von selbst weiter.", "Cette page continue d’elle-même {in}.", "Esta página continúa por sí sola {in}."},
	"cookies":  {"If you keep seeing this page, please allow cookies for this site.", "如果您反复看到此页面，请允许本网站使用 Cookie。", "このページが繰り返し表示される場合は、このサイトの Cookie を許可してください。", "Wenn diese Seite immer wieder erscheint, erlauben Sie bitte Cookies für diese Website.", "Si cette page revient sans cesse, autorisez les cookies pour ce site.", "Si sigue viendo esta página, permita las cookies de este sitio."},
	"continue": {"Continue", "继续", "続ける", "Weiter", "Continuer", "Continuar"},

	// The page of a browser that did what it was asked, and keeps no cookie.
	"cookieless":     {"Your browser did not keep the cookie", "您的浏览器没有保留 Cookie", "ブラウザーが Cookie を保存しませんでした", "Ihr Browser hat das Cookie nicht behalten", "Votre navigateur n’a pas gardé le cookie", "Su navegador no guardó la cookie"},
	"cookieless why": {"The check went well, but the cookie that remembers it did not come back. Without it this site would have to check your browser again on every page.", "检查已通过，但用于记住结果的 Cookie 没有传回。没有它，本网站就必须在每个页面重新检查您的浏览器。", "確認は完了しましたが、その結果を覚えておく Cookie が返ってきませんでした。Cookie がないと、ページごとにブラウザーを確認し直すことになります。", "Die Prüfung ist gelungen, aber das Cookie, das sie sich merkt, kam nicht zurück. Ohne es müsste diese Website Ihren Browser auf jeder Seite neu prüfen.", "La vérification a réussi, mais le cookie qui la retient n’est pas revenu. Sans lui, ce site devrait vérifier de nouveau votre navigateur à chaque page.", "La comprobación fue correcta, pero la cookie que la recuerda no volvió. Sin ella, este sitio tendría que comprobar su navegador de nuevo en cada página."},
	"cookieless do":  {"Please allow cookies for this site, then continue. A setting, a private window or an extension can be the cause.", "请允许本网站使用 Cookie，然后继续。原因可能是浏览器设置、无痕窗口或扩展程序。", "このサイトの Cookie を許可してから続けてください。設定、プライベートウィンドウ、拡張機能が原因の可能性があります。", "Bitte erlauben Sie Cookies für diese Website und fahren Sie dann fort. Eine Einstellung, ein privates Fenster oder eine Erweiterung kann die Ursache sein.", "Autorisez les cookies pour ce site, puis continuez. Un réglage, une fenêtre privée ou une extension peut en être la cause.", "Permita las cookies de este sitio y después continúe. La causa puede ser un ajuste, una ventana privada o una extensión."},

	// The waiting room.
	"queue":      {"You are in the queue", "您正在排队", "順番にご案内しています", "Sie sind in der Warteschlange", "Vous êtes dans la file d’attente", "Está en la cola"},
	"many":       {"More people would like to visit this site right now than it can serve at once.", "目前想要访问本网站的人数超过了它同时能够服务的数量。", "現在、同時にご案内できる人数を超えるアクセスがあります。", "Gerade möchten mehr Menschen diese Website besuchen, als sie auf einmal bedienen kann.", "Plus de personnes souhaitent visiter ce site en ce moment qu’il ne peut en servir à la fois.", "Ahora mismo quieren visitar este sitio más personas de las que puede atender a la vez."},
	"place":      {"Your place", "您的位置", "現在の順番", "Ihr Platz", "Votre place", "Su lugar"},
	"wait":       {"Expected wait", "预计等待时间", "予想待ち時間", "Erwartete Wartezeit", "Attente prévue", "Espera prevista"},
	"not known":  {"not known yet", "尚不清楚", "まだわかりません", "noch nicht bekannt", "pas encore connue", "aún no se sabe"},
	"stay":       {"Please leave this page open. It looks again by itself {in} and lets you in when it is your turn.", "请保持此页面打开。它会在 {in}自动刷新，轮到您时即可进入。", "このページを開いたままお待ちください。{in}に自動的に更新され、順番が来ると先へ進みます。", "Bitte lassen Sie diese Seite offen. Sie sieht {in} von selbst wieder nach und lässt Sie ein, wenn Sie an der Reihe sind.", "Laissez cette page ouverte. Elle vérifie de nouveau d’elle-même {in} et vous laisse entrer quand vient votre tour.", "Deje esta página abierta. Vuelve a comprobarlo por sí sola {in} y le deja entrar cuando llegue su turno."},
	"place data": {"One cookie remembers your place; it says nothing else about you.", "一个 Cookie 会记住您的位置，其中不含其他有关您的信息。", "一つの Cookie が順番を覚えておきます。それ以外のお客様に関する情報は含まれません。", "Ein Cookie merkt sich Ihren Platz; sonst sagt es nichts über Sie.", "Un seul cookie retient votre place\u202f; il ne dit rien d’autre de vous.", "Una sola cookie recuerda su lugar; no dice nada más sobre usted."},
	"look now":   {"Look now", "立即查看", "今すぐ確認する", "Jetzt nachsehen", "Vérifier maintenant", "Comprobar ahora"},

	// A form that a window sent while visitors are asked or wait.
	"unsent":      {"Your form has not been sent yet", "您的表单尚未提交", "フォームはまだ送信されていません", "Ihr Formular wurde noch nicht abgeschickt", "Votre formulaire n’a pas encore été envoyé", "Su formulario todavía no se ha enviado"},
	"unsent why":  {"This site is receiving unusually many requests right now and could not take your form.", "本网站目前收到的请求异常多，未能接收您的表单。", "現在このサイトへのアクセスが通常より大幅に増えているため、フォームを受け付けられませんでした。", "Diese Website erhält gerade ungewöhnlich viele Anfragen und konnte Ihr Formular nicht annehmen.", "Ce site reçoit en ce moment un nombre inhabituel de requêtes et n’a pas pu prendre votre formulaire.", "Este sitio recibe ahora más peticiones de lo habitual y no pudo aceptar su formulario."},
	"unsent do":   {"Open the site in a new tab and wait until it is shown. Then go back here with your browser’s Back button and send the form again; what you typed is usually still there.", "请在新标签页中打开本网站，等待其显示，然后用浏览器的“返回”按钮回到表单并重新提交；您填写的内容通常仍会保留。", "新しいタブでサイトを開き、表示されるまでお待ちください。その後、このタブでブラウザーの「戻る」ボタンを押し、もう一度送信してください。入力した内容は通常そのまま残っています。", "Öffnen Sie die Website in einem neuen Tab und warten Sie, bis sie erscheint. Gehen Sie dann hier mit der Zurück-Taste Ihres Browsers zum Formular und schicken Sie es noch einmal ab; was Sie eingegeben haben, ist meist noch da.", "Ouvrez le site dans un nouvel onglet et attendez qu’il s’affiche. Revenez ensuite ici au formulaire avec le bouton Précédent de votre navigateur et envoyez-le de nouveau\u202f; ce que vous avez saisi est en général encore là.", "Abra el sitio en una pestaña nueva y espere a que aparezca. Después vuelva aquí al formulario con el botón Atrás del navegador y envíelo otra vez; lo que escribió suele seguir ahí."},
	"unsent open": {"Open the site in a new tab", "在新标签页中打开网站", "新しいタブでサイトを開く", "Website in neuem Tab öffnen", "Ouvrir le site dans un nouvel onglet", "Abrir el sitio en una pestaña nueva"},

	// The refusal.
	"refused":          {"We could not let you in", "我们无法让您进入", "アクセスをご案内できませんでした", "Wir konnten Sie nicht einlassen", "Nous n’avons pas pu vous laisser entrer", "No hemos podido dejarle entrar"},
	"reason rate":      {"More requests came from your connection in a short time than this site takes.", "您的连接在短时间内发出的请求超过了本网站的限制。", "お使いの接続から、短時間に受付可能な数を超えるリクエストがありました。", "Von Ihrem Anschluss kamen in kurzer Zeit mehr Anfragen, als diese Website annimmt.", "Votre connexion a envoyé en peu de temps plus de requêtes que ce site n’en accepte.", "Desde su conexión llegaron en poco tiempo más peticiones de las que este sitio acepta."},
	"reason failed":    {"The check of your browser did not succeed several times in a row.", "您的浏览器连续多次未能通过检查。", "ブラウザーの確認が続けて何度か完了しませんでした。", "Die Prüfung Ihres Browsers ist mehrmals hintereinander nicht gelungen.", "La vérification de votre navigateur a échoué plusieurs fois de suite.", "La comprobación de su navegador falló varias veces seguidas."},
	"reason client":    {"What was sent does not fit the browser that it says it comes from. A proxy, an extension or a security program can be the cause.", "收到的内容与其声称的浏览器不符。代理、扩展程序或安全软件可能是原因。", "送信された内容が、名乗っているブラウザーと一致しません。プロキシ、拡張機能、セキュリティソフトが原因の可能性があります。", "Was gesendet wurde, passt nicht zu dem Browser, von dem es angeblich kommt. Ein Proxy, eine Erweiterung oder ein Sicherheitsprogramm kann die Ursache sein.", "Ce qui a été envoyé ne correspond pas au navigateur annoncé. Un proxy, une extension ou un logiciel de sécurité peut en être la cause.", "Lo que se envió no corresponde al navegador del que dice venir. La causa puede ser un proxy, una extensión o un programa de seguridad."},
	"reason network":   {"An attack is coming from the network that you use. It need not have anything to do with you.", "您所使用的网络正在发出攻击，这可能与您无关。", "お使いのネットワークから攻撃が来ています。お客様ご自身とは関係がない場合があります。", "Aus dem Netz, das Sie benutzen, kommt ein Angriff. Mit Ihnen muss das nichts zu tun haben.", "Une attaque provient du réseau que vous utilisez. Vous n’y êtes peut-être pour rien.", "De la red que usted utiliza procede un ataque. Es posible que no tenga nada que ver con usted."},
	"reason operator":  {"The operator does not admit this connection at the moment.", "运营方目前不接受此连接。", "運営者により、この接続は現在受け付けられていません。", "Der Betreiber lässt diese Verbindung zurzeit nicht zu.", "L’exploitant n’admet pas cette connexion pour le moment.", "El operador no admite esta conexión por el momento."},
	"reason stopped":   {"This site has been paused by its operator.", "本网站已被其运营方暂停。", "このサイトは運営者により一時停止されています。", "Diese Website wurde vom Betreiber vorübergehend angehalten.", "Ce site a été suspendu temporairement par son exploitant.", "El operador ha detenido este sitio temporalmente."},
	"reason malformed": {"The request was not one that this site can read.", "本网站无法读取该请求。", "このサイトで読み取れないリクエストでした。", "Die Anfrage war keine, die diese Website lesen kann.", "La requête n’était pas lisible pour ce site.", "La petición no se puede leer en este sitio."},
	"until":            {"Until", "截止时间", "解除予定", "Bis", "Jusqu’à", "Hasta"},
	"no end":           {"no end is set", "未设定结束时间", "終了時刻は未定です", "kein Ende festgelegt", "aucune fin n’est fixée", "sin fin fijado"},
	"reference":        {"Your reference", "您的参考编号", "お問い合わせ番号", "Ihre Kennung", "Votre référence", "Su referencia"},
	"heard":            {"If this is a mistake, please tell us and give the reference. It can be read out over the phone.", "如果这是误判，请告诉我们并提供参考编号，也可以在电话中念出。", "誤りと思われる場合は、お問い合わせ番号を添えてお知らせください。電話で読み上げていただくこともできます。", "Wenn das ein Irrtum ist, sagen Sie es uns bitte mit der Kennung. Man kann sie am Telefon vorlesen.", "S’il s’agit d’une erreur, dites-le-nous en donnant la référence. Elle peut être lue au téléphone.", "Si se trata de un error, díganoslo e indique la referencia. Puede leerse por teléfono."},
	"report":           {"Report a mistake", "报告误判", "誤りを知らせる", "Irrtum melden", "Signaler une erreur", "Informar de un error"},

	// The page of a domain that is down.
	"down":        {"This site is not available right now", "本网站暂时无法访问", "このサイトは現在ご利用いただけません", "Diese Website ist zurzeit nicht erreichbar", "Ce site n’est pas disponible pour le moment", "Este sitio no está disponible en este momento"},
	"planned":     {"This site is being worked on", "本网站正在维护", "このサイトはメンテナンス中です", "An dieser Website wird gearbeitet", "Ce site est en maintenance", "Este sitio está en mantenimiento"},
	"not you":     {"The cause is not on your side. Please try again later.", "原因不在您这边，请稍后再试。", "原因はお客様の側にはありません。しばらくしてからもう一度お試しください。", "Die Ursache liegt nicht bei Ihnen. Bitte versuchen Sie es später noch einmal.", "La cause n’est pas de votre côté. Réessayez plus tard.", "La causa no está de su lado. Inténtelo de nuevo más tarde."},
	"since":       {"Since", "开始时间", "開始", "Seit", "Depuis", "Desde"},
	"back":        {"Expected back", "预计恢复", "復旧見込み", "Voraussichtlich wieder da", "Retour prévu", "Regreso previsto"},
	"late":        {"later than expected", "比预期晚", "予定より遅れています", "später als erwartet", "plus tard que prévu", "más tarde de lo previsto"},
	"parts":       {"Which parts", "受影响部分", "影響範囲", "Welche Teile", "Parties concernées", "Partes afectadas"},
	"part down":   {"not available", "不可用", "利用不可", "nicht erreichbar", "indisponible", "no disponible"},
	"part slow":   {"slow", "缓慢", "低速", "langsam", "lent", "lento"},
	"part up":     {"works", "正常", "正常", "funktioniert", "fonctionne", "funciona"},
	"words":       {"From the people who run this site", "网站管理者的说明", "サイト管理者からのお知らせ", "Von den Betreibern dieser Website", "De la part des responsables de ce site", "De los responsables de este sitio"},
	"updates":     {"Updates", "最新进展", "更新情報", "Neuigkeiten", "Mises à jour", "Novedades"},
	"left out":    {"Older or longer words are not shown here.", "较早或较长的内容未在此显示。", "古い内容や長い内容はここには表示されません。", "Älteres oder Längeres wird hier nicht gezeigt.", "Les textes plus anciens ou plus longs ne sont pas affichés ici.", "Los textos más antiguos o más largos no se muestran aquí."},
	"nothing yet": {"Nothing more is known yet.", "目前尚无更多信息。", "これ以上の情報はまだありません。", "Mehr ist noch nicht bekannt.", "On n’en sait pas plus pour l’instant.", "Aún no se sabe nada más."},

	// The page of a name that nobody has.
	"unknown":     {"There is no site here", "此处没有网站", "ここにはサイトがありません", "Hier ist keine Website", "Il n’y a pas de site ici", "Aquí no hay ningún sitio"},
	"unknown why": {"The address you opened is not served by this machine. Please check how it is spelled.", "您打开的地址不由此服务器提供，请检查拼写是否正确。", "開いたアドレスは、このサーバーでは提供されていません。つづりをご確認ください。", "Die Adresse, die Sie geöffnet haben, wird von diesem Rechner nicht bedient. Bitte prüfen Sie die Schreibweise.", "L’adresse que vous avez ouverte n’est pas servie par cette machine. Vérifiez son orthographe.", "Esta máquina no sirve la dirección que ha abierto. Compruebe cómo está escrita."},
	"unknown own": {"If it is your own site and you have just set it up, it may take a moment until it is reachable.", "如果这是您刚设置好的网站，可能需要稍等片刻才能访问。", "ご自身で設定したばかりのサイトの場合は、表示されるまで少し時間がかかることがあります。", "Wenn es Ihre eigene Website ist und Sie sie gerade eingerichtet haben, kann es einen Moment dauern, bis sie erreichbar ist.", "Si c’est votre propre site et que vous venez de le configurer, il peut falloir un moment avant qu’il soit accessible.", "Si es su propio sitio y acaba de configurarlo, puede tardar un momento en estar accesible."},

	// The foot.
	"help": {"Does this page not go away? Get in touch:", "此页面一直不消失？请联系：", "このページが消えない場合のお問い合わせ先：", "Geht diese Seite nicht weg? Melden Sie sich:", "Cette page ne disparaît pas\u202f? Contactez\u00a0:", "¿Esta página no desaparece? Contacte con:"},

	// What programs are told.
	"program asked": {"This site checks its visitors at the moment and lets no programs in that it does not know. Please try again later.", "本网站目前正在检查访问者，暂不接受未知程序的访问。请稍后再试。", "このサイトは現在アクセスを確認しており、未知のプログラムは受け付けていません。しばらくしてからもう一度お試しください。", "Diese Website prüft zurzeit ihre Besucher und lässt keine Programme ein, die sie nicht kennt. Bitte später noch einmal versuchen.", "Ce site vérifie ses visiteurs en ce moment et n’admet pas les programmes qu’il ne connaît pas. Réessayez plus tard.", "Este sitio comprueba ahora a sus visitantes y no admite programas que no conoce. Inténtelo de nuevo más tarde."},
	"program many":  {"This site is busy. Please try again later.", "本网站繁忙，请稍后再试。", "このサイトは混み合っています。しばらくしてからもう一度お試しください。", "Diese Website ist ausgelastet. Bitte später noch einmal versuchen.", "Ce site est très sollicité. Réessayez plus tard.", "Este sitio está saturado. Inténtelo de nuevo más tarde."},

	// Amounts of time: one, and every other number.
	"just now":      {"just now", "刚刚", "たった今", "gerade eben", "à l’instant", "ahora mismo"},
	"ago minute":    {"{n} minute ago", "{n} 分钟前", "{n}分前", "vor {n} Minute", "il y a {n} minute", "hace {n} minuto"},
	"ago minutes":   {"{n} minutes ago", "{n} 分钟前", "{n}分前", "vor {n} Minuten", "il y a {n} minutes", "hace {n} minutos"},
	"ago hour":      {"{n} hour ago", "{n} 小时前", "{n}時間前", "vor {n} Stunde", "il y a {n} heure", "hace {n} hora"},
	"ago hours":     {"{n} hours ago", "{n} 小时前", "{n}時間前", "vor {n} Stunden", "il y a {n} heures", "hace {n} horas"},
	"ago day":       {"{n} day ago", "{n} 天前", "{n}日前", "vor {n} Tag", "il y a {n} jour", "hace {n} día"},
	"ago days":      {"{n} days ago", "{n} 天前", "{n}日前", "vor {n} Tagen", "il y a {n} jours", "hace {n} días"},
	"in second":     {"in {n} second", "{n} 秒后", "{n}秒後", "in {n} Sekunde", "dans {n} seconde", "en {n} segundo"},
	"in seconds":    {"in {n} seconds", "{n} 秒后", "{n}秒後", "in {n} Sekunden", "dans {n} secondes", "en {n} segundos"},
	"in minute":     {"in {n} minute", "{n} 分钟后", "{n}分後", "in {n} Minute", "dans {n} minute", "en {n} minuto"},
	"in minutes":    {"in {n} minutes", "{n} 分钟后", "{n}分後", "in {n} Minuten", "dans {n} minutes", "en {n} minutos"},
	"in hour":       {"in {n} hour", "{n} 小时后", "{n}時間後", "in {n} Stunde", "dans {n} heure", "en {n} hora"},
	"in hours":      {"in {n} hours", "{n} 小时后", "{n}時間後", "in {n} Stunden", "dans {n} heures", "en {n} horas"},
	"in day":        {"in {n} day", "{n} 天后", "{n}日後", "in {n} Tag", "dans {n} jour", "en {n} día"},
	"in days":       {"in {n} days", "{n} 天后", "{n}日後", "in {n} Tagen", "dans {n} jours", "en {n} días"},
	"under minute":  {"less than a minute", "不到一分钟", "1分未満", "weniger als eine Minute", "moins d’une minute", "menos de un minuto"},
	"about minute":  {"about {n} minute", "约 {n} 分钟", "約{n}分", "etwa {n} Minute", "environ {n} minute", "alrededor de {n} minuto"},
	"about minutes": {"about {n} minutes", "约 {n} 分钟", "約{n}分", "etwa {n} Minuten", "environ {n} minutes", "alrededor de {n} minutos"},
	"about hour":    {"about {n} hour", "约 {n} 小时", "約{n}時間", "etwa {n} Stunde", "environ {n} heure", "alrededor de {n} hora"},
	"about hours":   {"about {n} hours", "约 {n} 小时", "約{n}時間", "etwa {n} Stunden", "environ {n} heures", "alrededor de {n} horas"},
	"over day":      {"more than a day", "一天以上", "1日以上", "mehr als einen Tag", "plus d’un jour", "más de un día"},
}

// say returns a sentence in a language.
func say(name string, l Lang) (string, error) {
	s, ok := said[name]
	if !ok || s[l] == "" {
		return "", fmt.Errorf("nothing is called %q in %s; expected the name of a sentence", name, l)
	}
	return s[l], nil
}

// around returns what of a sentence stands before and behind a place such as {n}.
func around(s, place string) (before, behind string) {
	before, behind, _ = strings.Cut(s, place)
	return before, behind
}

// part returns what of a sentence in which {in} stands is before that, or behind it.
func part(name string, l Lang, before bool) (string, error) {
	s, err := say(name, l)
	first, last := around(s, "{in}")
	if before {
		return first, err
	}
	return last, err
}

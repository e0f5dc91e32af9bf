// What apps say in other languages than English: the words of a block, of a lost login, of an upload. Data only.
import { plainText } from "./classify-plain.ts";

/**
 * One language. Each entry is one pattern; it is compared in the spelling of `plainText`, so accents may be left out.
 * No upper-case escapes (`\S`) and no `\b` beside letters that are not Latin.
 */
export type Language = {
  lang: string;
  /** Account can't post: for good, for some time, until a person shows that they are one. */
  suspended?: string;
  disabled?: string;
  blocked?: string;
  later?: string;
  challenge?: string;
  loggedOut?: string;
  /** The same, said by a denial ("you are not logged in"). */
  notLoggedIn?: string;
  /** The media or the caption was refused. */
  rejected?: string;
  /** The phone has no network. */
  offline?: string;
  /** An upload under way or done. */
  uploading?: string;
  /** Words that deny what follows; phrases that deny what stands before; words that end a denial. */
  denies?: string;
  deniesAfter?: string;
  but?: string;
};

const TABLE: readonly Language[] = [
  {
    lang: "es",
    suspended: String.raw`\bcuenta\b[^.\n]{0,40}\b(?:suspendid[ao]|suspendimos|suspension)|\b(?:suspendimos|hemos suspendido|se (?:ha )?suspendi\w*)\b[^.\n]{0,20}\bcuenta`,
    disabled: String.raw`\bcuenta\b[^.\n]{0,40}\b(?:inhabilitad|deshabilitad|desactivad|eliminad|cancelad|bloquead|cerrad|banead|expulsad)|\b(?:inhabilitamos|desactivamos|eliminamos|bloqueamos)\b[^.\n]{0,20}\bcuenta`,
    blocked: String.raw`\baccion(?:es)? bloquead|\bbloquead[ao] temporalmente|\btemporalmente (?:bloquead|restringid|limitad)|\bcuenta\b[^.\n]{0,40}\brestringid|\brestringimos (?:ciert|determinad)|\blimitamos la frecuencia|\bpublicas? (?:demasiado|con demasiada)`,
    later: String.raw`\b(?:vuelve a intentarlo|intentalo (?:de nuevo|otra vez|nuevamente)?|intente(?:lo)? (?:de nuevo|otra vez|nuevamente)|prueba de nuevo|reintentalo) ?(?:mas tarde|luego|mas adelante)`,
    challenge: String.raw`\b(?:confirma|verifica|demuestra) (?:que eres|tu identidad|tu cuenta|que no eres)|\bcodigo de (?:seguridad|verificacion|confirmacion)|\bintroduce el codigo|\bingresa el codigo|\bactividad (?:inusual|sospechosa)|\binicio de sesion (?:inusual|sospechoso)|\bno soy un robot`,
    loggedOut: String.raw`\b(?:inicia|iniciar|inicie) sesion (?:para|de nuevo|otra vez|nuevamente|con)|\b(?:pantalla|pagina|formulario) de inicio de sesion|\bse (?:ha )?cerr(?:o|ado) (?:la|tu) sesion|\b(?:la|tu) sesion (?:ha )?(?:caduc|expir)|\bcrear (?:una )?cuenta nueva`,
    notLoggedIn: String.raw`\bno has iniciado sesion|\bno (?:hay|existe) (?:ninguna )?sesion iniciada`,
    rejected: String.raw`\b(?:video|publicacion|contenido|reel|foto)\b[^.\n]{0,30}\b(?:infringe|incumple|fue (?:eliminad|rechazad)|(?:eliminad|rechazad)[ao] por)|\b(?:video|archivo|texto|pie de foto)\b[^.\n]{0,20}\bdemasiado (?:larg|grand|cort)|\bformato (?:de (?:video|archivo) )?no (?:es )?(?:compatible|valido|admitido)`,
    offline: String.raw`\bsin conexion(?: a internet)?\b|\b(?:comprueba|revisa|verifica) tu conexion`,
    uploading: String.raw`\b(?:subiendo|publicando|compartiendo|enviando) ?(?:\.\.\.|tu|el|la|en|a|\d)|\bse esta (?:subiendo|publicando|compartiendo)|\bmanten(?:ga)? (?:abiert[ao] )?(?:la app|instagram|tiktok|facebook)[^.\n]{0,10}(?:abiert|para (?:terminar|publicar))|\btu (?:reel|publicacion|video|historia) (?:se (?:ha )?(?:compartid|publicad|publico|compartio)|ya esta publicad)`,
    denies: String.raw`\b(?:ningun[ao]?|tampoco|nada)\b|\bsin (?!conexion)`,
    deniesAfter: String.raw`\bno (?:aparec|se (?:ve|muestra|observa|encontr|detect)|esta visible|es visible|(?:es|esta|fue) (?:suspend|bloquead|mostrad))`,
    but: String.raw`\b(?:pero|porque|ya que|aunque|sino|pues)\b|, ?(?:tu|su|la) cuenta\b`,
  },
  {
    lang: "pt",
    suspended: String.raw`\bconta\b[^.\n]{0,40}\b(?:suspens|suspend)|\b(?:suspendemos)\b[^.\n]{0,20}\bconta`,
    disabled: String.raw`\bconta\b[^.\n]{0,40}\b(?:desativad|desabilitad|banid|excluid|encerrad|bloquead)|\b(?:desativamos|banimos|excluimos)\b[^.\n]{0,20}\bconta`,
    blocked: String.raw`\bacao bloquead|\bbloquead[ao] temporariamente|\btemporariamente (?:bloquead|restrit|limitad)|\bconta\b[^.\n]{0,40}\brestrit|\brestringimos (?:cert|determinad)|\blimitamos a frequencia`,
    later: String.raw`\btent(?:e|ar) (?:de novo|novamente|outra vez)? ?mais tarde|\btente novamente em (?:alguns|\d+)`,
    challenge: String.raw`\b(?:confirme|verifique|prove) (?:que (?:voce|e voce|e voce mesmo)|sua identidade|sua conta|que nao e)|\bcodigo de (?:seguranca|verificacao|confirmacao)|\b(?:insira|digite) o codigo|\batividade (?:incomum|suspeita)|\btentativa de login (?:incomum|suspeita)|\bnao sou um robo`,
    loggedOut: String.raw`\b(?:entre|entrar|faca login|conecte-se) (?:novamente|de novo|para continuar|na sua conta)|\b(?:tela|pagina) de login|\bvoce (?:foi desconectad|saiu da (?:sua )?conta)|\bsessao (?:expirou|expirada|encerrada)|\bcriar nova conta`,
    notLoggedIn: String.raw`\bnao (?:esta|estas|esta mais) (?:conectad|logad)`,
    rejected: String.raw`\b(?:video|publicacao|conteudo|reel|foto)\b[^.\n]{0,30}\b(?:viola|foi (?:removid|rejeitad|recusad))|\b(?:video|arquivo|legenda|texto)\b[^.\n]{0,20}\b(?:muito|longo|grande) (?:long|grand|demais|curt)|\bformato (?:de (?:video|arquivo) )?nao (?:e )?(?:suportad|compativel|aceit)`,
    offline: String.raw`\bsem (?:conexao|internet)\b|\bverifique sua conexao`,
    uploading: String.raw`\b(?:enviando|publicando|compartilhando|postando) ?(?:\.\.\.|seu|sua|o|a|no|\d)|\besta sendo (?:enviad|publicad|compartilhad|postad)|\bmantenha o (?:instagram|tiktok|facebook|app|aplicativo) aberto|\bseu (?:reel|video|post) foi (?:publicad|compartilhad)`,
    denies: String.raw`\b(?:nenhum[a]?|tampouco|sem (?!conexao|internet)|nao ha|nao (?:existe|vejo|vi|encontr))`,
    deniesAfter: String.raw`\bnao (?:aparec|esta visivel|e exibid|foi (?:exibid|encontrad|detectad|suspens|bloquead|desativad)|esta (?:suspens|bloquead|desativad))`,
    but: String.raw`\b(?:mas|porem|pois|embora)\b|, ?(?:sua|a) conta\b`,
  },
  {
    lang: "de",
    suspended: String.raw`\bkonto\b[^.\n]{0,60}\b(?:gesperrt|suspendiert|vorubergehend gesperrt)|\bkontosperr|\b(?:gesperrtes|sperrung (?:deines|ihres|des)) (?:konto|account)|\baccount\b[^.\n]{0,40}\bgesperrt`,
    disabled: String.raw`\b(?:konto|account)\b[^.\n]{0,60}\b(?:deaktiviert|geloscht|gebannt|geschlossen)`,
    blocked: String.raw`\baktion (?:wurde )?blockiert|\b(?:vorubergehend|zeitweise) (?:blockiert|eingeschrankt|gesperrt)|\b(?:konto|account)\b[^.\n]{0,60}\b(?:eingeschrankt|blockiert)|\bwir schranken (?:bestimmte|manche)`,
    later: String.raw`\b(?:versuch(?:e|en sie)?(?: es)?|probier(?:e|en sie)?(?: es)?) (?:bitte )?(?:spater|in (?:einigen|ein paar|\d+) \w+) (?:noch ?(?:ein)?mal|erneut|wieder)|\bspater (?:noch ?(?:ein)?mal|erneut) versuchen`,
    challenge: String.raw`\b(?:bestatige|bestatigen sie|verifiziere),? (?:bitte )?(?:dass du|dass sie|deine identitat|ihre identitat|dein konto|ihr konto)|\b(?:sicherheits|bestatigungs|verifizierungs)code|\bungewohnliche (?:aktivitat|anmeldung)|\bverdachtige (?:aktivitat|anmeldung)|\bkein roboter\b`,
    loggedOut: String.raw`\b(?:melde dich|melden sie sich)\b[^.\n]{0,30}\b(?:an|erneut)\b|\b(?:anmelde|login)(?:seite|bildschirm|maske|formular|fenster)|\b(?:wurdest|wurden|wurde) abgemeldet|\b(?:bist|sind) abgemeldet|\bsitzung (?:ist )?abgelaufen|\bneues konto erstellen`,
    notLoggedIn: String.raw`\bnicht (?:mehr )?(?:angemeldet|eingeloggt)`,
    rejected: String.raw`\b(?:video|beitrag|inhalt|reel|foto)\b[^.\n]{0,30}\b(?:verstosst gegen|wurde (?:entfernt|abgelehnt))|\b(?:video|datei|bildunterschrift|text)\b[^.\n]{0,20}\bzu (?:lang|gross|kurz)|\b(?:format|dateityp)\b[^.\n]{0,20}\bnicht unterstutzt`,
    offline: String.raw`\bkeine internetverbindung|\bprufe deine (?:internet)?verbindung`,
    uploading: String.raw`\bwird (?:gerade |noch )?(?:hochgeladen|geteilt|gepostet|veroffentlicht)|\b(?:lass|lasse|lassen sie|halte) (?:instagram|tiktok|facebook|die app) (?:geoffnet|offen)|\b(?:dein|ihr) (?:reel|beitrag|video) wurde (?:geteilt|gepostet|veroffentlicht)|\bhochladen lauft|\bwird (?:gerade )?(?:in reels )?geteilt`,
    denies: String.raw`\b(?:kein(?:e|en|em|er|es)?(?! roboter\b| internet)|ohne|weder|nie)\b`,
    deniesAfter: String.raw`\bnicht (?:sichtbar|zu sehen|angezeigt|vorhanden|erkennbar|erschienen|gesperrt|deaktiviert|blockiert|eingeschrankt|gefunden)`,
    but: String.raw`\b(?:aber|jedoch|weil|denn|sondern|obwohl|doch)\b|, ?(?:dein|ihr|das|mein) (?:konto|account)\b`,
  },
  {
    lang: "fr",
    suspended: String.raw`\bcompte\b[^.\n]{0,40}\bsuspend|\b(?:nous avons suspendu)\b[^.\n]{0,20}\bcompte|\bsuspension (?:de|du) (?:votre |ton |ce )?compte`,
    disabled: String.raw`\bcompte\b[^.\n]{0,40}\b(?:desactive|supprime|banni|ferme|bloque)|\bnous avons (?:desactive|supprime)\b[^.\n]{0,20}\bcompte`,
    blocked: String.raw`\baction bloquee|\b(?:temporairement|provisoirement) (?:bloque|restreint|limite)|\b(?:bloque|restreint|limite)e? temporairement|\bcompte\b[^.\n]{0,40}\brestreint|\bnous (?:limitons|restreignons)`,
    later: String.raw`\b(?:reessayez|reessaie|reessayer|veuillez reessayer|essayez a nouveau) (?:plus tard|ulterieurement|dans (?:quelques|\d+))`,
    challenge: String.raw`\b(?:confirmez|confirme|verifiez|verifie|prouvez) (?:qu'il s'agit|que (?:vous|c'est)|votre identite|ton identite|votre compte|ton compte)|\bcode de (?:securite|verification|confirmation)|\b(?:entrez|saisissez) le code|\bactivite (?:inhabituelle|suspecte)|\bconnexion (?:inhabituelle|suspecte)|\bpas un robot\b`,
    loggedOut: String.raw`\b(?:connectez-vous|connecte-toi|reconnectez-vous|reconnecte-toi)|\b(?:ecran|page|formulaire) de connexion|\b(?:avez ete|as ete|a ete|etes) deconnecte|\bsession (?:a )?expire|\bcreer un nouveau compte`,
    notLoggedIn: String.raw`\bn'(?:etes|es|est) (?:pas|plus) connecte`,
    rejected: String.raw`\b(?:video|publication|contenu|reel|photo)\b[^.\n]{0,30}\b(?:enfreint|ne respecte pas|a ete (?:supprime|rejete|refuse))|\b(?:video|fichier|legende|texte)\b[^.\n]{0,20}\btrop (?:long|grand|lourd|court|volumineu)|\bformat\b[^.\n]{0,20}\bnon (?:pris en charge|supporte|compatible)`,
    offline: String.raw`\b(?:pas de|aucune) connexion (?:internet|a internet)|\bverifiez votre connexion`,
    uploading: String.raw`\b(?:publication|partage|envoi|mise en ligne|importation|chargement de (?:la video|votre)) en cours|\b(?:gardez|garde|laissez|laisse) (?:instagram|tiktok|facebook|l'app\w*) ouvert|\best en (?:cours|train) d(?:e |')(?:publication|partage|envoi|etre (?:publie|partage|envoye))|\bvotre (?:reel|publication|video) a ete (?:publie|partage)`,
    denies: String.raw`\b(?:aucune?|sans|jamais)\b|\b(?:il )?n'y a (?:pas|aucun)|\bpas (?:de|d')(?! connexion)`,
    deniesAfter: String.raw`\b(?:n'est|ne s'affiche|n'apparait|n'a|ne sont|ne semble) pas\b|\bpas (?:visible|affiche)`,
    but: String.raw`\b(?:mais|car|parce que|cependant|toutefois)\b|, ?(?:votre|ton|le) compte\b`,
  },
  {
    lang: "it",
    suspended: String.raw`\baccount\b[^.\n]{0,40}\bsospes|\b(?:abbiamo sospeso)\b[^.\n]{0,20}\baccount|\bsospensione (?:del|dell'|dell)\b[^.\n]{0,15}\baccount`,
    disabled: String.raw`\baccount\b[^.\n]{0,40}\b(?:disattivat|disabilitat|eliminat|bannat|chius|bloccat)|\babbiamo (?:disattivato|eliminato|disabilitato)\b[^.\n]{0,20}\baccount`,
    blocked: String.raw`\bazione bloccata|\b(?:temporaneamente|momentaneamente) (?:bloccat|limitat|sospes)|\bbloccat[aoie] temporaneamente|\blimitiamo (?:alcune|la frequenza)`,
    later: String.raw`\b(?:riprova|riprovare|riprovi|prova di nuovo) (?:piu tardi|in seguito|tra (?:qualche|\d+))`,
    challenge: String.raw`\b(?:conferma|verifica|dimostra) (?:che (?:sei|si tratta)|la tua identita|il tuo account|di (?:essere|non essere))|\bcodice di (?:sicurezza|verifica|conferma)|\binserisci il codice|\battivita (?:insolita|sospetta)|\baccesso (?:insolito|sospetto)|\bnon sono un robot`,
    loggedOut: String.raw`\b(?:accedi|effettua (?:di nuovo )?(?:l'accesso|il login)) (?:di nuovo|per continuare|nuovamente|al)|\b(?:schermata|pagina) di (?:accesso|login)|\b(?:sei stato|sei stata|e stato|e stata) disconness|\bsessione (?:e )?scaduta|\bcrea nuovo account`,
    notLoggedIn: String.raw`\bnon (?:hai|ha) effettuato l'accesso|\bnon sei (?:connesso|piu connesso)`,
    rejected: String.raw`\b(?:video|post|contenuto|reel|foto)\b[^.\n]{0,30}\b(?:viola|e stat[oa] (?:rimoss|rifiutat))|\b(?:video|file|didascalia|testo)\b[^.\n]{0,20}\btroppo (?:lung|grand|cort)|\bformato\b[^.\n]{0,20}\bnon supportato`,
    offline: String.raw`\bnessuna connessione|\bcontrolla la (?:tua )?connessione`,
    uploading: String.raw`\b(?:pubblicazione|condivisione|caricamento del \w+|invio) in corso|\btieni (?:aperto|aperta) (?:instagram|tiktok|facebook|l'app)|\btieni (?:instagram|l'app) apert|\bin fase di (?:pubblicazione|caricamento)|\bil tuo (?:reel|post|video) e stato (?:condivis|pubblicat)`,
    denies: String.raw`\b(?:nessun[ao']?|senza|neanche|nemmeno|mai)\b|\bnon (?:c'e|ci sono|vedo|si vede|si vedono|e visibile|appare|compare)`,
    deniesAfter: String.raw`\bnon (?:e (?:visibile|presente|mostrat|stato (?:sospes|bloccat|disattivat)|sospes|bloccat)|viene mostrat|appare|compare|si vede)`,
    but: String.raw`\b(?:ma|pero|perche|poiche|tuttavia)\b|, ?(?:il tuo|l') ?account\b`,
  },
  {
    lang: "nl",
    suspended: String.raw`\baccount\b[^.\n]{0,40}\b(?:geschorst|opgeschort)`,
    disabled: String.raw`\baccount\b[^.\n]{0,40}\b(?:uitgeschakeld|verwijderd|verbannen|geblokkeerd|gedeactiveerd)`,
    blocked: String.raw`\bactie geblokkeerd|\btijdelijk (?:geblokkeerd|beperkt)`,
    later: String.raw`\bprobeer het (?:later|over (?:enkele|een paar|\d+) \w+) (?:opnieuw|nog eens)`,
    challenge: String.raw`\b(?:bevestig|verifieer) (?:dat (?:jij|je|u)|je identiteit|uw identiteit|je account)|\b(?:beveiligings|verificatie|bevestigings)code|\bongebruikelijke (?:activiteit|inlogpoging)`,
    loggedOut: String.raw`\b(?:log|meld je|meld u) (?:opnieuw |weer )?(?:in|aan) (?:om|bij|op)|\binlogscherm|\binlogpagina|\b(?:bent|is) uitgelogd|\bsessie is verlopen`,
    notLoggedIn: String.raw`\bniet (?:meer )?ingelogd`,
    uploading: String.raw`\bwordt (?:nog |nu )?(?:geupload|gedeeld|geplaatst|gepubliceerd)|\bhoud (?:instagram|de app) open`,
    denies: String.raw`\b(?:geen|zonder|nooit)\b`,
    deniesAfter: String.raw`\bniet (?:zichtbaar|te zien|getoond|aanwezig|weergegeven|geschorst|geblokkeerd)`,
    but: String.raw`\b(?:maar|omdat|want|hoewel)\b|, ?(?:je|uw|het) account\b`,
  },
  {
    lang: "pl",
    suspended: String.raw`\bkont(?:o|a)\b[^.\n]{0,40}\bzawiesz`,
    disabled: String.raw`\bkont(?:o|a)\b[^.\n]{0,40}\b(?:wylaczon|usuniet|zablokowan|zbanowan|dezaktywowan)`,
    blocked: String.raw`\b(?:dzialanie|czynnosc|akcja) zablokowan|\b(?:tymczasowo|czasowo) (?:zablokowan|ograniczon)`,
    later: String.raw`\bsprobuj (?:ponownie )?pozniej|\bsprobuj ponownie za`,
    challenge: String.raw`\b(?:potwierdz|zweryfikuj),? (?:ze to ty|swoja tozsamosc|tozsamosc|konto)|\bkod (?:bezpieczenstwa|weryfikacyjny|potwierdzajacy)|\b(?:nietypowa|podejrzana) (?:aktywnosc|proba)`,
    loggedOut: String.raw`\bzaloguj sie|\bekran logowania|\b(?:zostales|zostalas|zostalo) wylogowan|\bsesja wygasla`,
    notLoggedIn: String.raw`\bnie jestes zalogowan`,
    uploading: String.raw`\btrwa (?:publikowanie|przesylanie|udostepnianie|wysylanie)|\b(?:publikowanie|przesylanie|udostepnianie) ?\.\.\.|\bnie zamykaj (?:instagram|aplikacji)`,
    denies: String.raw`\b(?:brak|bez|zadn\w+|nigdy|nie ma|nie widac|nie widze)\b`,
    deniesAfter: String.raw`\bnie (?:jest (?:widoczn|wyswietlan|zawieszon|zablokowan)|pojawi|widac|wyswietl)`,
    but: String.raw`\b(?:ale|poniewaz|jednak|bo)\b|, ?(?:twoje )?konto\b`,
  },
  {
    lang: "tr",
    suspended: String.raw`\bhesab\w*[^.\n]{0,40}\baskiya al`,
    disabled: String.raw`\bhesab\w*[^.\n]{0,40}\b(?:devre disi|kapatil|silin|yasaklan|engellen)`,
    blocked: String.raw`\b(?:islem|eylem|hareket)\w* engellen|\bgecici olarak (?:engellen|kisitlan|sinirlan|durdurul)|\bhesab\w*[^.\n]{0,40}\bkisitlan`,
    later: String.raw`\b(?:daha sonra|sonra|biraz sonra|birkac dakika sonra) (?:tekrar|yeniden) dene`,
    challenge: String.raw`\b(?:sen oldugunu|siz oldugunuzu|kimligini|kimliginizi|hesabini|hesabinizi) (?:dogrula|onayla)|\b(?:guvenlik|dogrulama|onay) kodu|\b(?:olagandisi|supheli) (?:hareket|etkinlik|giris)|\brobot olmadigin`,
    loggedOut: String.raw`\b(?:tekrar |yeniden )giris yap|\bgiris yap(?:in|man|maniz)|\bgiris (?:ekran|sayfa)|\boturum\w* (?:kapatil|kapandi|sona er|suresi dol)|\byeni hesap olustur`,
    notLoggedIn: String.raw`\bgiris yapmadin|\boturum acik degil`,
    rejected: String.raw`\b(?:video|gonderi|icerik)\w*[^.\n]{0,30}\b(?:kaldirildi|reddedildi|ihlal ed)|\b(?:video|dosya|aciklama)\w*[^.\n]{0,15}\bcok (?:uzun|buyuk|kisa)`,
    offline: String.raw`\binternet baglant\w* (?:yok|kontrol)`,
    uploading: String.raw`\b(?:yukleniyor|paylasiliyor|gonderiliyor|yayinlaniyor)|\b(?:instagram|uygulama)\w*'?\w* acik tut|\b(?:reels|gonderi|video)\w* paylasildi`,
    denies: String.raw`\b(?:hicbir)\b`,
    deniesAfter: String.raw`\b(?:gorunmuyor|yok\b|gorulmuyor|gosterilmiyor|cikmadi|degil\b|bulunamadi|bulunmuyor)`,
    but: String.raw`\b(?:ama|fakat|ancak|cunku)\b`,
  },
  {
    lang: "id",
    suspended: String.raw`\bakun\b[^.\n]{0,40}\b(?:ditangguhkan|penangguhan)|\b(?:kami menangguhkan|menangguhkan)\b[^.\n]{0,20}\bakun`,
    disabled: String.raw`\bakun\b[^.\n]{0,40}\b(?:dinonaktifkan|dihapus|diblokir|ditutup)|\bmenonaktifkan\b[^.\n]{0,20}\bakun`,
    blocked: String.raw`\btindakan (?:anda |ini )?(?:diblokir|dibatasi)|\b(?:diblokir|dibatasi) (?:untuk )?sementara|\bakun\b[^.\n]{0,40}\bdibatasi|\bkami membatasi`,
    later: String.raw`\bcoba(?:lah)? (?:lagi )?(?:nanti|beberapa saat lagi|dalam (?:beberapa|\d+))`,
    challenge: String.raw`\b(?:konfirmasi|verifikasi|konfirmasikan|buktikan) (?:bahwa|identitas|akun)|\bkode (?:keamanan|verifikasi|konfirmasi)|\bmasukkan kode|\b(?:aktivitas|upaya login) (?:yang )?(?:tidak biasa|mencurigakan)|\bbukan robot\b`,
    loggedOut: String.raw`\b(?:masuk|login) (?:lagi|kembali|untuk melanjutkan)|\b(?:layar|halaman) (?:masuk|login)|\b(?:telah |sudah )?(?:keluar dari akun|dikeluarkan)|\bsesi (?:anda )?(?:telah )?(?:berakhir|kedaluwarsa|habis)|\bbuat akun baru`,
    notLoggedIn: String.raw`\b(?:belum|tidak) (?:masuk|login)\b`,
    rejected: String.raw`\b(?:video|postingan|konten|reel|foto)\b[^.\n]{0,30}\b(?:melanggar|telah dihapus|ditolak)|\b(?:video|file|keterangan|teks)\b[^.\n]{0,20}\bterlalu (?:panjang|besar|pendek)|\bformat\b[^.\n]{0,20}\btidak didukung`,
    offline: String.raw`\btidak ada koneksi|\bperiksa koneksi`,
    uploading: String.raw`\bsedang (?:mengunggah|memposting|membagikan|mengirim|diunggah|diposting|dibagikan)|\b(?:mengunggah|memposting|membagikan) ?\.\.\.|\bbiarkan (?:instagram|aplikasi) (?:tetap )?terbuka|\b(?:reel|postingan|video) anda telah (?:dibagikan|diposting)`,
    denies: String.raw`\b(?:tanpa|tidak ada|tidak terlihat|tidak melihat|bukan(?! robot))\b`,
    deniesAfter: String.raw`\btidak (?:terlihat|muncul|tampak|ditemukan|ditampilkan|ditangguhkan|diblokir|dinonaktifkan)`,
    but: String.raw`\b(?:tetapi|tapi|karena|namun)\b|, ?akun\b`,
  },
  {
    lang: "vi",
    suspended: String.raw`\btai khoan\b[^.\n]{0,40}\b(?:bi (?:dinh chi|tam ngung|tam khoa|dinh chi))`,
    disabled: String.raw`\btai khoan\b[^.\n]{0,40}\b(?:bi vo hieu hoa|bi khoa|bi cam|bi xoa)`,
    blocked: String.raw`\b(?:hanh dong|thao tac) (?:nay )?(?:da )?bi chan|\bbi chan tam thoi|\btam thoi bi (?:chan|han che)`,
    later: String.raw`\bthu lai sau`,
    challenge: String.raw`\bxac (?:nhan|minh) (?:danh tinh|tai khoan|ban la|do la ban)|\bma (?:bao mat|xac nhan|xac minh)`,
    loggedOut: String.raw`\bdang nhap (?:lai|de tiep tuc)|\bman hinh dang nhap|\bda bi dang xuat|\bphien (?:dang nhap )?(?:da )?het han`,
    uploading: String.raw`\bdang (?:tai len|dang (?:bai|video)|chia se)`,
    denies: String.raw`\bkhong (?:co|thay)\b`,
    deniesAfter: String.raw`\bkhong (?:hien thi|xuat hien|bi (?:khoa|chan|dinh chi))`,
    but: String.raw`\b(?:nhung|vi)\b`,
  },
  {
    lang: "ru",
    suspended: String.raw`(?:аккаунт|учетн\w* запис|учетн[а-я]+ запис)[^.\n]{0,40}приостановл|приостанов[а-я]+ (?:ваш|действие|работу)[^.\n]{0,20}(?:аккаунт|учетн)`,
    disabled: String.raw`(?:аккаунт|учетн[а-я]+ запис|профил)[^.\n]{0,40}(?:отключ|деактивир|удален|заблокир|забанен)|мы (?:отключили|удалили|заблокировали)[^.\n]{0,20}(?:аккаунт|учетн)`,
    blocked: String.raw`действи[ея] заблокир|временно (?:заблокир|огранич)|(?:аккаунт|учетн[а-я]+ запис)[^.\n]{0,40}огранич|мы ограничиваем`,
    later: "(?:повторите|попробуйте|повторить)(?: попытку| еще раз| снова)? (?:позже|позднее|через)",
    challenge:
      "(?:подтвердите|подтверди),? (?:что это|свою личность|личность|аккаунт|что вы)|код (?:безопасности|подтверждения)|введите код|(?:необычн|подозрительн)[а-я]+ (?:активност|действи|попытк|вход)|не робот",
    loggedOut:
      "войдите(?: снова| еще раз)? (?:в|чтобы|снова)|экран[а-я]* входа|страниц[а-я]* входа|вы (?:вышли из|были разлогинены)|(?:сеанс|сессия) (?:истек|завершен)|создать новый аккаунт",
    notLoggedIn: "вы не (?:вошли|авторизованы)|вход не выполнен",
    rejected: String.raw`(?:видео|публикаци|пост|контент|фото)[^.\n]{0,30}(?:наруша|был[ао]? удален|отклонен)|(?:видео|файл|подпись)[^.\n]{0,20}слишком (?:длинн|больш|коротк)|формат[^.\n]{0,20}не поддержива`,
    offline: "нет (?:подключения к интернету|соединения)|проверьте подключение",
    uploading: String.raw`(?:публикуется|загружается|выгружается|отправляется)(?! на телефон)|иде?т (?:публикация|загрузка|отправка)|публикация ?\.\.\.|не закрывайте (?:instagram|приложение)|(?:публикация|видео|reel) (?:опубликован|размещен)`,
    denies:
      "(?<![а-я])(?:нет(?! (?:подключ|соедин))|без|никак[а-я]+|ни) |(?<![а-я])не (?:видно|вижу|обнаруж|показ|появ)",
    deniesAfter:
      "(?<![а-я])не (?:видно|отображ|появ|показ|обнаруж|заблокир|приостанов|отключ|найден)|(?<![а-я])отсутству",
    but: "(?<![а-я])(?:но|так как|потому что|поскольку|однако) |, ?(?:ваш|мой|этот)",
  },
  {
    lang: "ja",
    suspended: String.raw`アカウント[^。\n]{0,30}(?:停止|凍結)`,
    disabled: String.raw`アカウント[^。\n]{0,30}(?:無効|削除され|禁止)`,
    blocked: "(?:アクション|操作)(?:が|は)?(?:一時的に)?ブロック|一時的に(?:ブロック|制限)",
    later: String.raw`(?:後で|しばらくしてから|時間をおいて)[^。\n]{0,10}(?:もう一度|再度|やり直|お試し)`,
    challenge:
      "(?:本人確認|認証コード|セキュリティコード|ロボットではありません)|(?:不審な|通常と異なる)(?:アクティビティ|ログイン)",
    loggedOut: "(?:再度|もう一度)?ログインして(?:ください|続行)|ログイン画面|ログアウトされ|セッションの有効期限",
    notLoggedIn: "ログインしていません",
    uploading: "(?:アップロード|投稿|シェア|公開)(?:中|しています)|開いたままに",
    deniesAfter: "(?:表示され|見られ|見当たら|あり|確認でき|停止され|ブロックされ)(?:ていません|ません|ていない|ない)",
  },
  {
    lang: "ko",
    suspended: String.raw`계정[^.\n]{0,30}(?:정지|일시 ?중지)`,
    disabled: String.raw`계정[^.\n]{0,30}(?:비활성화|삭제되었|차단되)`,
    blocked: "(?:작업|활동|동작)이? ?(?:일시적으로 )?차단|일시적으로 (?:차단|제한)",
    later: "나중에 다시 시도|잠시 후 다시",
    challenge: String.raw`본인(?:임을|인지) (?:확인|인증)|(?:인증|보안) ?코드|(?:비정상|의심스러운)[^.\n]{0,10}(?:활동|로그인)`,
    loggedOut: "다시 로그인|로그인 (?:화면|페이지)|로그아웃되|세션이 만료",
    uploading: "(?:업로드|게시|공유)(?:하는)? 중",
    deniesAfter: "(?:보이지 않|없습니다|없음|없다|나타나지 않|표시되지 않)",
  },
  {
    lang: "zh",
    suspended: String.raw`(?:账号|帐号|账户|帳號|帳戶)[^。\n]{0,20}(?:暂停|停权|停權|冻结|暫停)`,
    disabled: String.raw`(?:账号|帐号|账户|帳號|帳戶)[^。\n]{0,20}(?:禁用|停用|封禁|删除|刪除|注销|被封)`,
    blocked: String.raw`(?:操作|动作|行为)[^。\n]{0,6}(?:被阻止|被封锁|受限|已阻止|被限制)|暂时(?:封锁|限制|阻止)`,
    later: "(?:请)?稍[后後](?:再试|重试|再試)",
    challenge: "(?:验证|驗證|确认)(?:你|您)的?(?:身份|账号|帳號)|(?:验证码|驗證碼|安全码)|(?:异常|可疑)(?:活动|登录)",
    loggedOut: "(?:重新|请先|请)登[录錄入]|登[录錄](?:页面|界面|画面)|已(?:退出登录|登出)|(?:登录|会话)已?过期",
    notLoggedIn: "(?:未|没有|尚未)登录",
    uploading: "正在(?:上传|发布|分享|上傳|發佈)|(?:上传|发布|分享)中",
    denies: "(?:没有|未见|无任何|沒有|未出现|没看到)",
    deniesAfter: "(?:未显示|没有出现|不可见|未被)",
    but: "(?:但|因为|可是)",
  },
  {
    lang: "ar",
    suspended: String.raw`(?:تعليق|إيقاف) حساب|حساب[^.\n]{0,20}(?:معلق|موقوف)`,
    disabled: String.raw`(?:تعطيل|حظر|حذف) حساب|حساب[^.\n]{0,20}(?:معطل|محظور)`,
    blocked: "تم حظر (?:الإجراء|هذا الإجراء)|محظور مؤقت",
    later: "(?:حاول|المحاولة) (?:مرة أخرى|مجددا)? ?(?:لاحقا|في وقت لاحق)",
    challenge: "رمز (?:الأمان|التحقق|التأكيد)|تأكيد (?:هويتك|حسابك)",
    loggedOut: "تسجيل الدخول (?:مرة أخرى|للمتابعة|مجددا)|انتهت (?:صلاحية )?الجلسة|تم تسجيل خروجك",
    uploading: "جار[يٍ]? (?:النشر|التحميل|الرفع|المشاركة)",
    denies: "(?:لا يوجد|لا توجد|بدون|لم (?:يظهر|تظهر)|لا (?:يظهر|تظهر))",
  },
  {
    lang: "hi",
    suspended: String.raw`(?:अकाउंट|खाता|खाते)[^।\n]{0,30}(?:निलंबित|सस्पेंड)`,
    disabled: String.raw`(?:अकाउंट|खाता|खाते)[^।\n]{0,30}(?:अक्षम|बंद कर|बैन|डिसेबल)`,
    blocked: "कार्रवाई (?:को )?ब्लॉक|अस्थायी रूप से (?:ब्लॉक|प्रतिबंधित)",
    later: "बाद में (?:फिर से |पुनः |दोबारा )?(?:कोशिश|प्रयास)",
    challenge: "(?:सुरक्षा|सत्यापन) कोड|पहचान (?:की )?(?:पुष्टि|सत्यापित)",
    loggedOut: "(?:फिर से|दोबारा) लॉग ?इन|लॉग ?इन (?:करें|स्क्रीन)|लॉग ?आउट (?:हो|कर)",
    uploading: "(?:अपलोड|पोस्ट|शेयर) (?:हो रहा|हो रही|किया जा रहा|की जा रही)",
    deniesAfter: "(?:दिखाई नहीं|नहीं दिख|नहीं है)",
  },
];

/** The table in the spelling of `plainText`. */
const LANGUAGES: readonly Language[] = TABLE.map(
  (row) => Object.fromEntries(Object.entries(row).map(([key, pattern]) => [key, plainText(pattern)])) as Language,
);

/** One pattern of what all languages say of one thing. */
export function inAllLanguages(key: Exclude<keyof Language, "lang">): string {
  return LANGUAGES.flatMap((l) => l[key] ?? []).join("|");
}

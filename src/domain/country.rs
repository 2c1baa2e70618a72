//! The countries a phone number can belong to, by its calling code.
//!
//! Where several share a code, the ranges that are one country's alone are listed with their longer prefix, and the rest
//! names all that use it, the largest first. Numbers that were carried over to another network stay with their range.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

/// Codes as of ITU-T E.164 and the national numbering plans: `prefix:COUNTRY` or `prefix:FIRST,SECOND`. Satellite and other
/// codes without a country (`870`, `881`, `882`, `883`, …) are left out.
const PLAN: &str = "
    1:US 1340:VI 1670:MP 1671:GU 1684:AS 1787:PR 1939:PR
    1204:CA 1226:CA 1236:CA 1249:CA 1250:CA 1257:CA 1263:CA 1289:CA 1306:CA 1343:CA 1354:CA 1365:CA 1367:CA 1368:CA 1382:CA
    1403:CA 1416:CA 1418:CA 1428:CA 1431:CA 1437:CA 1438:CA 1450:CA 1468:CA 1474:CA 1506:CA 1514:CA 1519:CA 1548:CA 1579:CA
    1581:CA 1584:CA 1587:CA 1600:CA 1604:CA 1613:CA 1639:CA 1647:CA 1672:CA 1683:CA 1705:CA 1709:CA 1742:CA 1753:CA 1778:CA
    1780:CA 1782:CA 1807:CA 1819:CA 1825:CA 1867:CA 1873:CA 1879:CA 1902:CA 1905:CA 1942:CA
    1242:BS 1246:BB 1264:AI 1268:AG 1284:VG 1345:KY 1441:BM 1473:GD 1649:TC 1658:JM 1664:MS 1721:SX 1758:LC 1767:DM 1784:VC
    1809:DO 1829:DO 1849:DO 1868:TT 1869:KN 1876:JM
    20:EG 211:SS 212:MA,EH 2125288:EH 2125289:EH 213:DZ 216:TN 218:LY 220:GM 221:SN 222:MR 223:ML 224:GN 225:CI 226:BF 227:NE
    228:TG 229:BJ 230:MU 231:LR 232:SL 233:GH 234:NG 235:TD 236:CF 237:CM 238:CV 239:ST 240:GQ 241:GA 242:CG 243:CD 244:AO
    245:GW 246:IO 247:SH 248:SC 249:SD 250:RW 251:ET 252:SO 253:DJ 254:KE 255:TZ 256:UG 257:BI 258:MZ 260:ZM 261:MG
    262:RE,YT,TF 262262:RE 262263:RE 262692:RE 262693:RE 262269:YT 262639:YT 263:ZW 264:NA 265:MW 266:LS 267:BW 268:SZ
    269:KM 27:ZA 290:SH 291:ER 297:AW 298:FO 299:GL
    30:GR 31:NL 32:BE 33:FR 34:ES 350:GI 351:PT 352:LU 353:IE 354:IS 355:AL 356:MT 357:CY 358:FI,AX 35818:AX 359:BG 36:HU
    370:LT 371:LV 372:EE 373:MD 374:AM 375:BY 376:AD 377:MC 378:SM 380:UA 381:RS 382:ME 383:XK 385:HR 386:SI 387:BA 389:MK
    39:IT,VA 3906698:VA 390549:SM
    40:RO 41:CH 420:CZ 421:SK 423:LI 43:AT 45:DK 46:SE 47:NO,SJ 4779:SJ 48:PL 49:DE
    44:GB 441481:GG 447781:GG 447839:GG 4479111:GG 4479117:GG 441534:JE 447509:JE 4477003:JE 4477007:JE 4477008:JE 447797:JE
    447829:JE 447937:JE 441624:IM 447524:IM 4474576:IM 447624:IM 447924:IM
    500:FK,GS 501:BZ 502:GT 503:SV 504:HN 505:NI 506:CR 507:PA 508:PM 509:HT 51:PE 52:MX 53:CU 54:AR 55:BR 56:CL 57:CO 58:VE
    590:GP,BL,MF 591:BO 592:GY 593:EC 594:GF 595:PY 596:MQ 597:SR 598:UY 599:CW,BQ 5993:BQ 5994:BQ 5997:BQ 5999:CW
    60:MY 61:AU,CX,CC 6189162:CC 6189164:CX 62:ID 63:PH 64:NZ,PN 65:SG 66:TH 670:TL 672:NF,AQ,HM 6721:AQ 6723:NF 673:BN 674:NR
    675:PG 676:TO 677:SB 678:VU 679:FJ 680:PW 681:WF 682:CK 683:NU 685:WS 686:KI 687:NC 688:TV 689:PF 690:TK 691:FM 692:MH
    7:RU 76:KZ 77:KZ
    81:JP 82:KR 84:VN 850:KP 852:HK 853:MO 855:KH 856:LA 86:CN 880:BD 886:TW
    90:TR 91:IN 92:PK 93:AF 94:LK 95:MM 960:MV 961:LB 962:JO 963:SY 964:IQ 965:KW 966:SA 967:YE 968:OM 970:PS 971:AE 972:IL
    97256:PS 97259:PS 973:BH 974:QA 975:BT 976:MN 977:NP 98:IR 992:TJ 993:TM 994:AZ 995:GE 996:KG 998:UZ
";

/// The longest prefix in [`PLAN`].
const LONGEST: usize = 7;

static BY_PREFIX: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let entries = PLAN.split_whitespace().filter_map(|entry| entry.split_once(':'));
    entries.map(|(prefix, countries)| (prefix, countries.split(',').collect())).collect()
});

static KNOWN: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| BY_PREFIX.values().flatten().copied().collect());

/// ISO 3166-1 codes (two letters; `XK` for Kosovo) of the countries a number can belong to,
/// given its digits with calling code and without `+`. Empty when no country has such a code.
#[must_use]
pub fn of_phone(digits: &str) -> &'static [&'static str] {
    (1..=LONGEST)
        .rev()
        .filter_map(|length| digits.get(..length))
        .find_map(|prefix| BY_PREFIX.get(prefix))
        .map_or(&[], Vec::as_slice)
}

/// Whether some calling code belongs to a country, given in capitals.
#[must_use]
pub fn is_known(code: &str) -> bool {
    KNOWN.contains(code)
}

/// The country's code in capitals.
///
/// # Errors
/// With the code that may have been meant, if one is near.
pub fn parse(typed: &str) -> Result<&'static str, Option<&'static str>> {
    let code = typed.trim().to_ascii_uppercase();
    if let Some(known) = KNOWN.get(code.as_str()) {
        return Ok(known);
    }
    // Spellings that are common and stand for another country or none.
    let meant = [("UK", "GB"), ("EL", "GR"), ("USA", "US"), ("GER", "DE"), ("ESP", "ES"), ("UAE", "AE")];
    let meant = meant.iter().find(|(other, _)| *other == code).map(|(_, country)| *country);
    // Of ISO's three letters the first two are most often the code.
    Err(meant.or_else(|| code.get(..2).filter(|_| code.len() == 3).and_then(|two| KNOWN.get(two).copied())))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("15551230000", &["US"])]
    #[case("12125550123", &["US"])]
    #[case("14165550123", &["CA"])]
    #[case("16045550123", &["CA"])]
    #[case("17875550123", &["PR"])]
    #[case("18095550123", &["DO"])]
    #[case("18765550123", &["JM"])]
    #[case("12425550123", &["BS"])]
    #[case("79161234567", &["RU"])]
    #[case("77011234567", &["KZ"])]
    #[case("447400123456", &["GB"])]
    #[case("447781123456", &["GG"])]
    #[case("447797123456", &["JE"])]
    #[case("447624123456", &["IM"])]
    #[case("393471234567", &["IT", "VA"])]
    #[case("390669812345", &["VA"])]
    #[case("358401234567", &["FI", "AX"])]
    #[case("3581812345", &["AX"])]
    #[case("4791234567", &["NO", "SJ"])]
    #[case("4779012345", &["SJ"])]
    #[case("590690123456", &["GP", "BL", "MF"])]
    #[case("59995181234", &["CW"])]
    #[case("5997171234", &["BQ"])]
    #[case("262692123456", &["RE"])]
    #[case("262639123456", &["YT"])]
    #[case("4915112345678", &["DE"])]
    #[case("34600123456", &["ES"])]
    #[case("5511912345678", &["BR"])]
    #[case("5215512345678", &["MX"])]
    #[case("919876543210", &["IN"])]
    #[case("8613912345678", &["CN"])]
    #[case("85291234567", &["HK"])]
    #[case("972501234567", &["IL"])]
    #[case("970591234567", &["PS"])]
    #[case("38344123456", &["XK"])]
    #[case("35351234567", &["IE"])]
    #[case("212612345678", &["MA", "EH"])]
    #[case("61412345678", &["AU", "CX", "CC"])]
    #[case("8821234567", &[])]
    #[case("", &[])]
    #[case("é1234", &[])]
    fn a_number_has_its_countries(#[case] digits: &str, #[case] countries: &[&str]) {
        assert_eq!(of_phone(digits), countries);
    }

    #[test]
    fn the_plan_is_well_formed() {
        let count = PLAN.split_whitespace().count();
        assert_eq!(BY_PREFIX.len(), count, "a prefix stands there twice");
        for (prefix, countries) in BY_PREFIX.iter() {
            assert!(prefix.len() <= LONGEST && prefix.bytes().all(|b| b.is_ascii_digit()), "{prefix}");
            assert!(countries.iter().all(|c| c.len() == 2 && c.bytes().all(|b| b.is_ascii_uppercase())), "{prefix}");
        }
        assert!(KNOWN.len() > 235, "{}", KNOWN.len());
    }

    #[test]
    fn a_code_is_read() {
        assert_eq!(parse("de"), Ok("DE"));
        assert_eq!(parse("UK"), Err(Some("GB")));
        assert_eq!(parse("FRA"), Err(Some("FR")));
        assert_eq!(parse("Germany"), Err(None));
        assert!(is_known("XK") && !is_known("ZZ") && !is_known("de"));
    }
}

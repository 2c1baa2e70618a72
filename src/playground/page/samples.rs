//! Files to play with, made here so that nobody's picture or voice is needed.

use std::fmt::Write as _;

use axum::body::Bytes;

/// A voice note of two seconds: three soft tones, Ogg Opus.
pub(crate) fn voice() -> Bytes {
    Bytes::from_static(include_bytes!("assets/voice.ogg"))
}

const WIDTH: u32 = 384;
const HEIGHT: u32 = 256;

/// Hills under an evening sky, PNG.
pub(crate) fn picture() -> Bytes {
    let mut pixels = Vec::with_capacity((WIDTH as usize * 3 + 1) * HEIGHT as usize);
    for y in 0..HEIGHT {
        // Each line of a PNG starts with its filter: none.
        pixels.push(0);
        for x in 0..WIDTH {
            pixels.extend(colour(f64::from(x) / f64::from(WIDTH), f64::from(y) / f64::from(HEIGHT)));
        }
    }
    let mut header = Vec::from(WIDTH.to_be_bytes());
    header.extend(HEIGHT.to_be_bytes());
    // Eight bits of red, green and blue, not interlaced.
    header.extend([8, 2, 0, 0, 0]);
    let mut png = Vec::from(*b"\x89PNG\r\n\x1a\n");
    chunk(&mut png, *b"IHDR", &header);
    chunk(&mut png, *b"IDAT", &zlib(&pixels));
    chunk(&mut png, *b"IEND", &[]);
    png.into()
}

/// The picture at a place, both coordinates from 0 to 1.
fn colour(x: f64, y: f64) -> [u8; 3] {
    let hill = |height: f64, swing: f64, waves: f64, shift: f64| height + swing * (x * waves + shift).sin();
    if y > hill(0.86, 0.035, 7.0, 0.4) {
        return [38, 50, 72];
    }
    if y > hill(0.74, 0.05, 5.0, 2.2) {
        return [62, 78, 106];
    }
    if y > hill(0.64, 0.06, 3.6, 4.4) {
        return [104, 112, 142];
    }
    let (dx, dy) = ((x - 0.68) * f64::from(WIDTH), (y - 0.44) * f64::from(HEIGHT));
    let away = dx.hypot(dy);
    let sky = blend([86.0, 118.0, 170.0], [250.0, 196.0, 150.0], (y / 0.66).clamp(0.0, 1.0));
    let glow = blend(sky, [255.0, 226.0, 178.0], (1.0 - away / 110.0).clamp(0.0, 1.0) * 0.8);
    let sun = blend(glow, [255.0, 246.0, 222.0], (25.0 - away).clamp(0.0, 1.0));
    // The cast is exact: every channel lies within 0 to 255.
    sun.map(|channel| channel.round() as u8)
}

fn blend(a: [f64; 3], b: [f64; 3], share: f64) -> [f64; 3] {
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * share)
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    png.extend(length.to_be_bytes());
    let from = png.len();
    png.extend(kind);
    png.extend(content);
    let sum = crc32(&png[from..]);
    png.extend(sum.to_be_bytes());
}

/// A zlib stream of stored blocks (RFC 1950, RFC 1951 section 3.2.4): valid, not small.
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(0xFFFF).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    out.extend((b << 16 | a).to_be_bytes());
    out
}

/// The checksum of PNG chunks.
fn crc32(bytes: &[u8]) -> u32 {
    let shift = |sum: u32| if sum & 1 == 1 { 0xEDB8_8320 ^ (sum >> 1) } else { sum >> 1 };
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| shift(sum)))
}

/// An invoice of one page, PDF.
pub(crate) fn document() -> Bytes {
    let lines: [(u32, u32, &str); 6] = [
        (760, 24, "Invoice 2041"),
        (728, 12, "Harbour Street 12 - delivered on Tuesday"),
        (680, 12, "1 x Lamp \"Aurora\", brass                        89.00"),
        (660, 12, "2 x Bulb, warm white                              12.00"),
        (630, 12, "Total                                                   101.00"),
        (580, 10, "Thank you. Questions? Write to us on WhatsApp."),
    ];
    let mut text = String::new();
    for (y, size, line) in lines {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "BT /F1 {size} Tf 72 {y} Td ({line}) Tj ET");
    }
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}endstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = String::from("%PDF-1.4\n");
    let mut table = String::from("0000000000 65535 f \n");
    for (i, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", pdf.len());
        let _ = write!(pdf, "{} 0 obj\n{object}\nendobj\n", i + 1);
    }
    let (start, count) = (pdf.len(), objects.len() + 1);
    let _ =
        write!(pdf, "xref\n0 {count}\n{table}trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    pdf.into_bytes().into()
}

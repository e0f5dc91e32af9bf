// Writes the smallest mp4 that a parser accepts: one track, a few samples of nothing. For examples and tests.

type Options = { moovLast?: boolean; noMoov?: boolean; brand?: string; handler?: "vide" | "soun"; samples?: number };

const u32 = (...numbers: number[]) => {
  const bytes = Buffer.alloc(numbers.length * 4);
  numbers.forEach((n, i) => {
    bytes.writeUInt32BE(n >>> 0, i * 4);
  });
  return bytes;
};

/** One box: length, name, content. */
export function box(name: string, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([u32(body.length + 8), Buffer.from(name, "latin1"), body]);
}

const MATRIX = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];
const TICKS = 1000;

/** A video of `samples` frames, 100 ms each. */
export function tinyMp4(options: Options = {}): Buffer {
  const { brand = "isom", samples = 3 } = options;
  const ftyp = box("ftyp", Buffer.from(`${brand}\0\0\x02\0${brand}`, "latin1"));
  const mdat = box("mdat", Buffer.alloc(samples * 4 + 20, 7));
  if (options.noMoov) return Buffer.concat([ftyp, mdat]);
  const size = moov(options, 0).length;
  const framesAt = ftyp.length + 8 + (options.moovLast ? 0 : size);
  const index = moov(options, framesAt);
  return Buffer.concat(options.moovLast ? [ftyp, mdat, index] : [ftyp, index, mdat]);
}

function moov({ handler = "vide", samples = 3 }: Options, framesAt: number): Buffer {
  const length = samples * 100;
  const mvhd = box("mvhd", u32(0, 0, 0, TICKS, length, 0x10000, 0x1000000, 0, 0, ...MATRIX, 0, 0, 0, 0, 0, 0, 2));
  const tkhd = box("tkhd", u32(7, 0, 0, 1, 0, length, 0, 0, 0, 0, ...MATRIX, 16 << 16, 16 << 16));
  const mdhd = box("mdhd", u32(0, 0, 0, TICKS, length, 0x55c40000));
  const hdlr = box("hdlr", u32(0, 0), Buffer.from(handler), u32(0, 0, 0), Buffer.from("\0"));
  const dref = box("dinf", box("dref", u32(0, 1), box("url ", u32(1))));
  const stbl = box("stbl", stsd(handler), ...tables(samples, framesAt));
  const head = handler === "vide" ? box("vmhd", u32(1, 0, 0)) : box("smhd", u32(0, 0));
  return box("moov", mvhd, box("trak", tkhd, box("mdia", mdhd, hdlr, box("minf", head, dref, stbl))));
}

function stsd(handler: "vide" | "soun"): Buffer {
  if (handler === "soun") return box("stsd", u32(0, 1), box("mp4a", u32(0, 1, 0, 0, (1 << 16) | 16, 0, 8000 << 16)));
  const avcC = box("avcC", Buffer.from([1, 66, 0, 10, 255, 225, 0, 4, 0x67, 66, 0, 10, 1, 0, 4, 0x68, 0xce, 6, 0xe2]));
  const about = Buffer.concat([
    u32(0, 1, 0, 0, 0, 0, (16 << 16) | 16, 0x480000, 0x480000, 0),
    Buffer.alloc(34),
    u32(0x18ffff),
  ]);
  about.writeUInt16BE(1, 40);
  return box("stsd", u32(0, 1), box("avc1", about, avcC));
}

function tables(samples: number, framesAt: number): Buffer[] {
  const any = samples > 0 ? 1 : 0;
  return [
    box("stts", u32(0, any, ...(any ? [samples, 100] : []))),
    box("stsc", u32(0, any, ...(any ? [1, samples, 1] : []))),
    box("stsz", u32(0, 4, samples)),
    box("stco", u32(0, any, ...(any ? [framesAt] : []))),
  ];
}

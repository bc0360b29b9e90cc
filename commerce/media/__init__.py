"""Media: the pictures and documents of products, checked, drawn anew, kept in a folder or a bucket, and shown.

Owns: media, media_uploads, product_media, the files in the store.
Promises: what a file is is told by its content, and of a picture nothing but its pixels is kept; the same bytes are one medium, and what an
address shows never changes; `products.images` and the variants' pictures say what is arranged here, in the same transaction; what an order
line shows stays as long as the line does (G13); what nothing shows is gone a day later, whatever died in between.
Emits: nothing; a product whose pictures change says so itself.
Knows: the catalogue's pictures by its face; which pictures orders show.
"""

from commerce.media.adapters import media_folder, media_store
from commerce.media.archive import read_archive, write_archive
from commerce.media.facts import WIDTHS, Rendition
from commerce.media.ports import MediaStore

__all__ = ["WIDTHS", "MediaStore", "Rendition", "media_folder", "media_store", "read_archive", "write_archive"]

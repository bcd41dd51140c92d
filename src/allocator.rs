//! The program's allocator: mimalloc, asked for what nearly everything needs without a word of alignment.

use std::alloc::{GlobalAlloc, Layout};

use libmimalloc_sys as mi;

/// mimalloc. Its own crate asks for the alignment of every piece, which mimalloc then works out to be no more than it always gives:
/// that costs as much again as the piece.
pub struct Allocator;

/// What mimalloc aligns to by itself: a piece to its size, up to two words (`MI_MAX_ALIGN_SIZE`).
fn is_natural(size: usize, align: usize) -> bool {
    align <= 16 && align <= size
}

// SAFETY: pieces of natural alignment are mimalloc's as C's malloc has to give them, which suits any object of their size; all others are
// asked for by their alignment. mimalloc frees both alike.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: any size and any alignment of a layout will do.
        unsafe {
            match is_natural(layout.size(), layout.align()) {
                true => mi::mi_malloc(layout.size()).cast(),
                false => mi::mi_malloc_aligned(layout.size(), layout.align()).cast(),
            }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        unsafe {
            match is_natural(layout.size(), layout.align()) {
                true => mi::mi_zalloc(layout.size()).cast(),
                false => mi::mi_zalloc_aligned(layout.size(), layout.align()).cast(),
            }
        }
    }

    unsafe fn dealloc(&self, piece: *mut u8, _: Layout) {
        // SAFETY: the caller has it from this allocator.
        unsafe { mi::mi_free(piece.cast()) }
    }

    unsafe fn realloc(&self, piece: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller has it from this allocator, and asks for the alignment that it has.
        unsafe {
            match is_natural(size, layout.align()) {
                true => mi::mi_realloc(piece.cast(), size).cast(),
                false => mi::mi_realloc_aligned(piece.cast(), size, layout.align()).cast(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_aligned_zeroed_and_kept() {
        for size in (1..300).chain([4_096, 1 << 16, 3 << 20]) {
            for align in [1, 2, 4, 8, 16, 32, 64, 4_096] {
                let layout = Layout::from_size_align(size, align).expect("a power of two");
                // SAFETY: the layout has a size, and no more is written or read than was asked for.
                unsafe {
                    let piece = Allocator.alloc_zeroed(layout);
                    assert_eq!(piece as usize % align, 0, "{layout:?}");
                    let bytes = std::slice::from_raw_parts_mut(piece, size);
                    assert!(bytes.iter().all(|byte| *byte == 0));
                    bytes.fill(7);
                    let grown = Allocator.realloc(piece, layout, 3 * size);
                    assert_eq!(grown as usize % align, 0, "{layout:?}");
                    let bytes = std::slice::from_raw_parts(grown, size);
                    assert!(bytes.iter().all(|byte| *byte == 7));
                    let layout = Layout::from_size_align_unchecked(3 * size, align);
                    Allocator.dealloc(grown, layout);
                    let plain = Allocator.alloc(layout);
                    assert_eq!(plain as usize % align, 0, "{layout:?}");
                    Allocator.dealloc(plain, layout);
                }
            }
        }
    }
}

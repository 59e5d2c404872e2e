-- After Quarto's own filters, for Word. Quarto writes '1. Title' where the other forms say
-- '1 Title', and puts each figure or table with its caption in a table of one cell. That cell
-- would get the lines of our table style, could not break over a page, and is read aloud as a
-- table: so its content is taken out.

if not FORMAT:match("docx") then return {} end

local STYLE = { tbl = "Table Caption", fig = "Image Caption" }

local function the_float(table_)
  if #table_.bodies ~= 1 or #table_.head.rows > 0 then return nil end
  local rows = table_.bodies[1].body
  if #rows ~= 1 or #rows[1].cells ~= 1 then return nil end
  local found
  pandoc.Blocks(rows[1].cells[1].contents):walk({
    Div = function(div)
      if not found and STYLE[div.identifier:sub(1, 3)] then found = div end
    end,
  })
  return found
end

-- Quarto sets the style of a caption and of a figure by hand, with raw XML at the beginning.
local function style_of(block, kind)
  local first = block.content[1]
  local raw = first and first.t == "RawInline" and first.text or ""
  if raw:find("ImageCaption", 1, true) then return STYLE[kind] end
  for _, inline in ipairs(block.content) do
    if inline.t == "Image" then return "Captioned Figure" end
  end
end

local function Table(table_)
  local float = the_float(table_)
  if not float then return nil end
  local kind = float.identifier:sub(1, 3)
  local function styled(block)
    local style = style_of(block, kind)
    if not style then return nil end
    local kept = block.content:filter(function(inline) return inline.t ~= "RawInline" end)
    return pandoc.Div({ pandoc.Para(kept) }, { ["custom-style"] = style })
  end
  return pandoc.Div(float.content:walk({ Para = styled, Plain = styled }), { id = float.identifier })
end

local function Header(el)
  local number = el.attributes["number"]
  local first, second = el.content[1], el.content[2]
  if not number or not first or first.text ~= number then return nil end
  el.content[1] = pandoc.Span({ first }, { ["custom-style"] = "Section Number" })
  if second and (second.t == "Space" or second.text == ". ") then
    el.content[2] = pandoc.Str("\u{a0}\u{a0}")
  end
  return el
end

return { { Table = Table, Header = Header } }

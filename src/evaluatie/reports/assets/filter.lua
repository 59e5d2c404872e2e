-- What Quarto's filters do for a report, for plain pandoc: HTML tables become tables of the
-- document, figures keep their alt text, headings, figures and tables are numbered, references
-- resolve, callouts get a title.

local WORDS = {
  nl = { fig = "Figuur", tbl = "Tabel", sec = "Paragraaf", note = "Opmerking",
         warning = "Waarschuwing", tip = "Tip", important = "Belangrijk", caution = "Let op" },
  en = { fig = "Figure", tbl = "Table", sec = "Section", note = "Note",
         warning = "Warning", tip = "Tip", important = "Important", caution = "Caution" },
}
local words = WORDS.nl
local typst = FORMAT:match("typst") ~= nil
local docx = FORMAT == "docx"
local html = FORMAT:match("html") ~= nil
local NBSP = "\u{a0}"

local numbers, counts = {}, { fig = 0, tbl = 0 }
local sections = { 0, 0, 0, 0, 0, 0 }
local shift, number_sections = 0, false

local function fail(message) error(message, 0) end

-- tables ------------------------------------------------------------------------------------

local ALIGN = { gt_right = "AlignRight", gt_left = "AlignLeft", gt_center = "AlignCenter" }
local KEPT = { gt_group_heading = true, gt_stub = true, gt_column_spanner_outer = true,
               gt_sourcenote = true, gt_footnote = true }

local function quoted(text) return '"' .. text:gsub('[\\"]', "\\%0") .. '"' end

local function strong(blocks)
  return blocks:map(function(b)
    if b.t == "Plain" or b.t == "Para" then return pandoc.Plain({ pandoc.Strong(b.content) }) end
    return b
  end)
end

local function tidy_cell(cell, is_header, column, row_heads)
  local attr, classes, style = cell.attr, pandoc.List(), cell.attr.attributes.style or ""
  local attributes = {} -- pairs in a list: a Lua table with keys has another order each time
  local function set(name, value) attributes[#attributes + 1] = { name, value } end
  for _, class in ipairs(attr.classes) do
    if ALIGN[class] then cell.alignment = ALIGN[class] end
    if KEPT[class] then classes:insert(class) end
  end
  local side = style:match("text%-align:%s*(%a+)")
  if side == "right" then cell.alignment = "AlignRight" end
  if side == "center" then cell.alignment = "AlignCenter" end
  local fill = style:match("background%-color:%s*(#%x+)")
  if fill and typst then set("typst:fill", "rgb(" .. quoted(fill) .. ")") end
  if fill and html then set("style", "background-color: " .. fill) end
  local group = classes:includes("gt_group_heading")
  local bold = style:match("font%-weight:%s*bold") or group
  if html then
    if is_header then set("scope", cell.col_span > 1 and "colgroup" or "col") end
    if not is_header and group then set("scope", "rowgroup")
    elseif not is_header and column <= row_heads then set("scope", "row") end
  end
  if not html and (is_header or bold) then cell.contents = strong(cell.contents) end
  if html and bold and not group then cell.contents = strong(cell.contents) end
  cell.attr = pandoc.Attr("", classes, attributes)
  return cell
end

local function tidy_rows(rows, is_header, row_heads)
  for _, row in ipairs(rows) do
    row.attr = pandoc.Attr()
    local column = 1
    for i, cell in ipairs(row.cells) do
      row.cells[i] = tidy_cell(cell, is_header, column, row_heads)
      column = column + cell.col_span
    end
  end
end

-- A column is as its body says: a heading above numbers stands right like the numbers.
local function align_columns(table_)
  for i, spec in ipairs(table_.colspecs) do
    local found
    for _, body in ipairs(table_.bodies) do
      for _, row in ipairs(body.body) do
        local column = 1
        for _, cell in ipairs(row.cells) do
          if column == i and cell.col_span == 1 and cell.alignment ~= "AlignDefault" then
            found = found or cell.alignment
          end
          column = column + cell.col_span
        end
      end
    end
    if found then spec[1] = found; table_.colspecs[i] = spec end
  end
end

local function has_class(row, class)
  for _, cell in ipairs(row.cells) do
    if cell.attr.classes:includes(class) then return true end
  end
  return false
end

-- HTML wants a group of rows as a body with its own head; paper just wants the row.
local function grouped(table_)
  local rows, stub = pandoc.List(), 0
  for _, body in ipairs(table_.bodies) do
    for _, row in ipairs(body.head) do rows:insert(row) end
    for _, row in ipairs(body.body) do rows:insert(row) end
  end
  for _, row in ipairs(rows) do if has_class(row, "gt_stub") then stub = 1 end end
  local bodies = pandoc.List()
  local function open() bodies:insert({ attr = pandoc.Attr(), body = pandoc.List(),
    head = pandoc.List(), row_head_columns = html and stub or 0 }) end
  open()
  for _, row in ipairs(rows) do
    if html and has_class(row, "gt_group_heading") then
      if #bodies[#bodies].body > 0 or #bodies[#bodies].head > 0 then open() end
      bodies[#bodies].head:insert(row)
    else
      bodies[#bodies].body:insert(row)
    end
  end
  table_.bodies = bodies
  return stub
end

local function tidy_table(table_)
  local stub = grouped(table_)
  tidy_rows(table_.head.rows, true, 0)
  tidy_rows(table_.foot.rows, false, 0)
  local bodies = table_.bodies
  for _, body in ipairs(bodies) do
    tidy_rows(body.head, false, 0)
    tidy_rows(body.body, false, stub)
  end
  table_.bodies = bodies
  align_columns(table_)
  local id = table_.attr.identifier
  table_.attr = pandoc.Attr(id:match("^tbl%-") and id or "", {}, {})
  return table_
end

-- Row headings are read as ordinary cells with a class: pandoc would cut a heading that spans
-- the table down to the width of the row headings.
local function plain_cells(body)
  return body:gsub("<th([^>]*)>", function(attributes)
    if attributes:find("gt_group_heading") then return "<td" .. attributes .. ">" end
    if attributes:find("class=") then
      return "<td" .. attributes:gsub('class="', 'class="gt_stub ') .. ">"
    end
    return '<td class="gt_stub"' .. attributes .. ">"
  end):gsub("</th>", "</td>")
end

local function html_to_tables(el)
  if el.format ~= "html" or not el.text:find("<table") then return nil end
  local source = el.text:gsub("<style.-</style>", ""):gsub("<tbody.-</tbody>", plain_cells)
  return pandoc.read(source, "html").blocks:walk({
    Div = function(d) return d.content end,
    Span = function(s)
      if s.classes:includes("gt_footnote_marks") then return pandoc.Superscript(s.content) end
      return s.content
    end,
  })
end

-- captions and figures ----------------------------------------------------------------------

local function numbered(kind, id, inlines)
  counts[kind] = counts[kind] + 1
  local name = words[kind] .. NBSP .. counts[kind]
  if id ~= "" then
    if numbers[id] then fail("label " .. id .. " occurs twice") end
    numbers[id] = name
  end
  local head = { pandoc.Strong({ pandoc.Str(name .. ".") }), pandoc.Space() }
  if html then head = { pandoc.Span({ pandoc.Str(name .. ".") }, { class = "caption-number" }), pandoc.Space() } end
  return pandoc.Inlines(head) .. inlines
end

local function caption_div(div)
  local rest, caption = pandoc.Blocks({}), nil
  for _, b in ipairs(div.content) do
    if b.t == "Div" and b.classes:includes("cell-caption") then
      caption = pandoc.utils.blocks_to_inlines(b.content)
    else
      rest:insert(b)
    end
  end
  return rest, caption
end

local function typst_of(inlines)
  return pandoc.write(pandoc.Pandoc({ pandoc.Plain(inlines) }), "typst"):gsub("%s+$", "")
end

local function figure(div)
  local rest, caption = caption_div(div)
  local image
  rest:walk({ Image = function(i) image = i end })
  if image == nil then fail("figure " .. div.identifier .. " has no image") end
  local alt = div.attributes.alt or ""
  local width = div.attributes.width or "100%"
  if caption then caption = numbered("fig", div.identifier, caption) end
  if typst then
    local call = "image(" .. quoted(image.src) .. ", width: " .. width ..
      ", alt: " .. quoted(alt) .. ")"
    if not caption then return pandoc.RawBlock("typst", "#align(center, " .. call .. ")") end
    local label = div.identifier ~= "" and (" <" .. div.identifier .. ">") or ""
    return pandoc.RawBlock("typst", "#figure(" .. call .. ", caption: [" .. typst_of(caption) ..
      "])" .. label)
  end
  local attributes = {}
  if html and div.attributes.pixels then attributes[1] = { "width", div.attributes.pixels } end
  image = pandoc.Image(pandoc.Inlines(alt ~= "" and { pandoc.Str(alt) } or {}), image.src, "",
    pandoc.Attr("", {}, attributes))
  if not caption then return pandoc.Para({ image }) end
  local content = { pandoc.Plain({ image }) }
  return pandoc.Figure(content, { long = { pandoc.Plain(caption) } },
    pandoc.Attr(div.identifier))
end

local function scrolling(table_)
  if not html then return table_ end
  local name = pandoc.utils.stringify(table_.caption.long):match("^(.-" .. NBSP .. "%d+)") or ""
  local attributes = {}
  if name ~= "" then
    attributes = { { "role", "region" }, { "tabindex", "0" }, { "aria-label", name } }
  end
  return pandoc.Div({ table_ }, pandoc.Attr("", { "table-scroll" }, attributes))
end

local function finished_table(table_)
  table_ = tidy_table(table_)
  if #table_.caption.long > 0 then
    local inlines = pandoc.utils.blocks_to_inlines(table_.caption.long)
    table_.caption.long = { pandoc.Plain(numbered("tbl", table_.attr.identifier, inlines)) }
  end
  return scrolling(table_)
end

local function captioned_table(div)
  local rest, caption = caption_div(div)
  local done = false
  local out = pandoc.Blocks({})
  for _, b in ipairs(rest) do
    if b.t == "Table" and not done then
      done = true
      b.attr = pandoc.Attr(div.identifier)
      if caption then b.caption.long = { pandoc.Plain(caption) } end
      b = finished_table(b)
    elseif b.t == "Table" then
      b = finished_table(b)
    end
    out:insert(b)
  end
  if done then return out end
  -- nothing to show: a text stands where the figure or table would have been, with its number
  local kind = div.identifier:match("^(%a+)%-")
  local name = pandoc.Plain(numbered(kind, div.identifier, caption or pandoc.Inlines({})))
  if docx then name = pandoc.Div({ name }, { ["custom-style"] = "Table Caption" }) end
  out:insert(1, html and pandoc.Div({ name }, { class = "caption-alone" }) or name)
  return pandoc.Div(out, { id = div.identifier, class = "absent" })
end

-- callouts ----------------------------------------------------------------------------------

local walk_blocks

local function callout(div, kind)
  local title = pandoc.Inlines(words[kind] or fail("unknown callout " .. kind))
  local content = div.content
  if div.attributes.title then title = pandoc.Inlines(div.attributes.title)
  elseif content[1] and content[1].t == "Header" then
    title = content[1].content
    content:remove(1)
  end
  content = walk_blocks(content)
  if typst then
    return pandoc.Blocks({ pandoc.RawBlock("typst", "#callout(" .. quoted(kind) .. ", [" ..
      typst_of(title) .. "])[") }) .. content .. pandoc.Blocks({ pandoc.RawBlock("typst", "]") })
  elseif docx then
    local head = pandoc.Para({ pandoc.Strong(title) })
    return pandoc.Div(pandoc.Blocks({ head }) .. content, { ["custom-style"] = "Callout" })
  end
  local head = pandoc.Div({ pandoc.Plain(title) }, { class = "callout-title" })
  return pandoc.Div(pandoc.Blocks({ head }) .. content,
    pandoc.Attr("", { "callout", "callout-" .. kind }, { { "role", "note" } }))
end

-- walking in order of reading ---------------------------------------------------------------

local function header(el)
  el.level = math.max(1, el.level + shift)
  local level = html and el.level - 1 or el.level
  if level < 1 or el.classes:includes("unnumbered") or not number_sections then return el end
  sections[level] = sections[level] + 1
  for i = level + 1, 6 do sections[i] = 0 end
  local parts = {}
  for i = 1, level do parts[i] = tostring(sections[i]) end
  local number = table.concat(parts, ".")
  if el.identifier:match("^sec%-") then numbers[el.identifier] = words.sec .. NBSP .. number end
  if level > 3 then return el end
  if html then
    el.content = pandoc.Inlines({ pandoc.Span(number, { class = "header-section-number" }),
      pandoc.Space() }) .. el.content
  elseif docx then
    el.content = pandoc.Inlines({ pandoc.Span(number, { ["custom-style"] = "Section Number" }),
      pandoc.Str(NBSP .. NBSP) }) .. el.content
  end
  return el
end

local function block(b)
  if b.t == "Header" then return header(b) end
  if b.t == "Table" then return finished_table(b) end
  if b.t == "Figure" and b.identifier:match("^fig%-") then
    local inlines = pandoc.utils.blocks_to_inlines(b.caption.long)
    local image
    b:walk({ Image = function(i) image = i end })
    local div = pandoc.Div({ pandoc.Plain({ image }),
      pandoc.Div({ pandoc.Plain(inlines) }, { class = "cell-caption" }) },
      pandoc.Attr(b.identifier, {}, { alt = image.attributes["fig-alt"] or "" }))
    return figure(div)
  end
  if b.t ~= "Div" then return b end
  if b.classes:includes("cell-figure") then return figure(b) end
  if b.classes:includes("cell-table") then return captioned_table(b) end
  for _, class in ipairs(b.classes) do
    local kind = class:match("^callout%-(%a+)")
    if kind then return callout(b, kind) end
  end
  b.content = walk_blocks(b.content)
  return b
end

walk_blocks = function(blocks)
  local out = pandoc.Blocks({})
  for _, b in ipairs(blocks) do
    local result = block(b)
    if pandoc.utils.type(result) == "Block" then out:insert(result) else out:extend(result) end
  end
  return out
end

local REFERENCE = { fig = true, tbl = true, sec = true }

local function reference(cite)
  local out = pandoc.Inlines({})
  for i, c in ipairs(cite.citations) do
    local kind = c.id:match("^(%a+)%-")
    if not REFERENCE[kind] then return nil end
    local name = numbers[c.id] or fail("reference @" .. c.id .. ": there is no such label")
    if c.mode == "SuppressAuthor" then name = name:gsub("^.*" .. NBSP, "") end
    if i > 1 then out:insert(pandoc.Str(", ")) end
    out:insert(pandoc.Link(name, "#" .. c.id))
  end
  return out
end

local function top_level(blocks)
  local least = 7
  blocks:walk({ Header = function(h) least = math.min(least, h.level) end })
  return least
end

function Pandoc(doc)
  local lang = pandoc.utils.stringify(doc.meta.lang or "nl"):sub(1, 2)
  words = WORDS[lang] or WORDS.nl
  number_sections = doc.meta["number-sections"] == true
  doc.blocks = doc.blocks:walk({ RawBlock = html_to_tables })
  local top = top_level(doc.blocks)
  if top < 7 then shift = (html and 2 or 1) - top end
  doc.blocks = walk_blocks(doc.blocks)
  doc.blocks = doc.blocks:walk({ Cite = reference })
  return doc
end
